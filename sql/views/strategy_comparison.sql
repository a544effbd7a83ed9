-- Question: what does another strategy win or lose against asking directly (s1)?
-- Grain: One row a judge and strategy other than s1, of judges that answered s1 too. Key: judge, strategy.
-- Columns: judge, strategy, waf_2class_s1, waf_2class, waf_2class_change, swap_consistency_change, pairs_won,
--   pairs_lost, moved_percent.
create or replace view strategy_comparison as
with
decided as (
    select judge, strategy, swapped, pair_id, (case when verdict = 'a2' then 'a2' else 'a1' end) = preference as is_right
    from predictions
    join consensus_pairs using (pair_id)
    where preference in ('a1', 'a2') and round = 0 and not swapped
),
moved as (
    select
        other.judge, other.strategy,
        count(*) filter (where other.is_right and not direct.is_right) as pairs_won,
        count(*) filter (where direct.is_right and not other.is_right) as pairs_lost,
        count(*) as pairs
    from decided as other
    join decided as direct using (judge, pair_id)
    where direct.strategy = 's1' and other.strategy <> 's1'
    group by other.judge, other.strategy
)
select
    moved.judge, moved.strategy, direct.waf_2class as waf_2class_s1, other.waf_2class,
    other.waf_2class - direct.waf_2class as waf_2class_change,
    other.swap_consistency - direct.swap_consistency as swap_consistency_change,
    moved.pairs_won, moved.pairs_lost,
    100.0 * (moved.pairs_won + moved.pairs_lost) / moved.pairs as moved_percent
from moved
join judge_scores as other using (judge, strategy)
join judge_scores as direct on direct.judge = moved.judge and direct.strategy = 's1';
comment on view strategy_comparison is 'One row a judge and strategy other than s1, of judges that answered s1 too. Key: judge, strategy.';
comment on column strategy_comparison.judge is 'The judge';
comment on column strategy_comparison.strategy is 's2 to s5: what is compared with s1';
comment on column strategy_comparison.waf_2class_s1 is 'Two-class weighted F1 under s1, percent';
comment on column strategy_comparison.waf_2class is 'The same under this strategy';
comment on column strategy_comparison.waf_2class_change is 'This strategy''s less that of s1, in points';
comment on column strategy_comparison.swap_consistency_change is 'The same of swap consistency; null without swapped runs';
comment on column strategy_comparison.pairs_won is 'Decided pairs that are right under this strategy and wrong under s1: first round, normal order, anything but a2 read as a1';
comment on column strategy_comparison.pairs_lost is 'Decided pairs that are wrong under this strategy and right under s1';
comment on column strategy_comparison.moved_percent is 'Percent of decided pairs that are right under one of the two and wrong under the other';
