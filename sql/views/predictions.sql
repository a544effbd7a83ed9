-- Question: what did every judge answer, whatever the strategy?
-- Grain and key: judge, strategy, round, swapped, pair_id.
create or replace view predictions as
select * from s1_predictions
union all by name
select * from s2_predictions
union all by name
select * from s3_predictions
union all by name
select * from s4_predictions
union all by name
select * from s5_predictions;
comment on view predictions is 'All strategies'' predictions. Key: judge, strategy, round, swapped, pair_id.';
