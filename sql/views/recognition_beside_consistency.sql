-- Question: are judges that stick to their verdict also right?
-- Grain: One row a judge at its best strategy. Key: judge.
-- Columns: judge, kind, strategy, waf_2class, swap_consistency, recognition_rank, consistency_rank, rank_difference,
--   first_share.
-- Table recognition_and_consistency has the correlation over judges, with its interval.
create or replace view recognition_beside_consistency as
select
    board.judge, board.kind, board.strategy, board.waf_2class, board.swap_consistency,
    rank() over (partition by board.kind order by board.waf_2class desc) as recognition_rank,
    rank() over (partition by board.kind order by board.swap_consistency desc) as consistency_rank,
    recognition_rank - consistency_rank as rank_difference,
    judge_position.first_share
from judge_board as board
left join judge_position using (judge, strategy)
where board.swap_consistency is not null;
comment on view recognition_beside_consistency is 'One row a judge at its best strategy. Key: judge.';
comment on column recognition_beside_consistency.judge is 'The judge';
comment on column recognition_beside_consistency.kind is 'judge, baseline (content-blind), or left out (too many answers failed or unparsed)';
comment on column recognition_beside_consistency.strategy is 'Its best strategy';
comment on column recognition_beside_consistency.waf_2class is 'Recognition: two-class weighted F1, percent';
comment on column recognition_beside_consistency.swap_consistency is 'Percent of pairs with the same verdict in both orders';
comment on column recognition_beside_consistency.recognition_rank is 'By waf_2class, among its kind';
comment on column recognition_beside_consistency.consistency_rank is 'By swap_consistency, among its kind';
comment on column recognition_beside_consistency.rank_difference is 'recognition_rank less consistency_rank: above 0 for a judge that is more consistent than right';
comment on column recognition_beside_consistency.first_share is 'Percent of its a1 and a2 answers that name what came first; 50 without position bias';
