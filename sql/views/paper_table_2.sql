-- Question: how well and how consistently does every judge judge under every strategy, as in the paper's Table 2?
-- Grain: One row a judge and strategy. Key: judge, strategy.
-- Columns: judge, content_blind, strategy, is_best_strategy, waf_2class, waf_2class_std, acc_2class, acc_2class_std,
--   waf_3class, waf_3class_std, acc_3class, acc_3class_std, swap_consistency, swap_consistency_std, rounds.
-- Two decimals, as printed there; table judge_scores has all of them, and intervals.
create or replace view paper_table_2 as
select
    judge, judges.content_blind, strategy,
    row_number() over (partition by judge order by waf_2class desc nulls last, strategy) = 1 as is_best_strategy,
    round(waf_2class, 2) as waf_2class, round(waf_2class_std, 2) as waf_2class_std,
    round(acc_2class, 2) as acc_2class, round(acc_2class_std, 2) as acc_2class_std,
    round(waf_3class, 2) as waf_3class, round(waf_3class_std, 2) as waf_3class_std,
    round(acc_3class, 2) as acc_3class, round(acc_3class_std, 2) as acc_3class_std,
    round(swap_consistency, 2) as swap_consistency, round(swap_consistency_std, 2) as swap_consistency_std,
    rounds
from judge_scores
join judges using (judge);
comment on view paper_table_2 is 'One row a judge and strategy. Key: judge, strategy.';
comment on column paper_table_2.judge is 'The judge';
comment on column paper_table_2.content_blind is 'True where it sees no media: a baseline';
comment on column paper_table_2.strategy is 's1 to s5';
comment on column paper_table_2.is_best_strategy is 'True at the strategy with its highest waf_2class: the row that the paper prints';
comment on column paper_table_2.waf_2class is 'Weighted F1 on pairs that people do not call same; the judge''s same counts as a1. Percent, mean over rounds';
comment on column paper_table_2.waf_2class_std is 'Population standard deviation over rounds';
comment on column paper_table_2.acc_2class is 'Accuracy on the same pairs by the same rule';
comment on column paper_table_2.acc_2class_std is 'Population standard deviation over rounds';
comment on column paper_table_2.waf_3class is 'Weighted F1 on all pairs with three labels';
comment on column paper_table_2.waf_3class_std is 'Population standard deviation over rounds';
comment on column paper_table_2.acc_3class is 'Accuracy on all pairs with three labels';
comment on column paper_table_2.acc_3class_std is 'Population standard deviation over rounds';
comment on column paper_table_2.swap_consistency is 'Percent of pairs with the same verdict in both orders; null without a swapped run';
comment on column paper_table_2.swap_consistency_std is 'Population standard deviation over rounds';
comment on column paper_table_2.rounds is 'Rounds scored';
