-- Question: how good are the k best judges together, on the pairs that chose them and on others?
-- Grain: One row an ensemble, orders and number of judges. Key: ensemble, orders, k.
-- Columns: ensemble, orders, k, in_sample, held_out, held_out_low, held_out_high, new_stratum, optimism,
--   gain_over_best_judge, gain_over_best_judge_low, gain_over_best_judge_high, is_crowd.
create or replace view top_k_curve as
with
in_sample as (from ensemble_scores where sample = 'in-sample'),
held_out as (from ensemble_scores where sample = 'held-out'),
new_stratum as (from ensemble_scores where sample = 'new-stratum')
select
    ensemble, orders, k, in_sample.waf_2class as in_sample, held_out.waf_2class as held_out,
    held_out.waf_2class_low as held_out_low, held_out.waf_2class_high as held_out_high,
    new_stratum.waf_2class as new_stratum, in_sample.waf_2class - held_out.waf_2class as optimism,
    held_out.gain_over_best_judge, held_out.gain_over_best_judge_low, held_out.gain_over_best_judge_high,
    crowd.ensemble is not null and crowd.not_offered is null as is_crowd
from held_out
left join in_sample using (ensemble, orders, k)
left join new_stratum using (ensemble, orders, k)
left join crowd using (ensemble, orders, k);
comment on view top_k_curve is 'One row an ensemble, orders and number of judges. Key: ensemble, orders, k.';
comment on column top_k_curve.ensemble is 'How votes are combined';
comment on column top_k_curve.orders is 'normal, or normal+swapped';
comment on column top_k_curve.k is 'Number of best-ranked judges that vote';
comment on column top_k_curve.in_sample is 'Two-class weighted F1, percent, judges ranked on the same pairs, as in the paper';
comment on column top_k_curve.held_out is 'The same with strategies, ranks and weights from other clips';
comment on column top_k_curve.held_out_low is 'Lower end of its 95 percent interval, clips resampled';
comment on column top_k_curve.held_out_high is 'Upper end';
comment on column top_k_curve.new_stratum is 'The same from other pairs of systems, on other clips; null where all pairs are of two systems';
comment on column top_k_curve.optimism is 'in_sample less held_out, in points';
comment on column top_k_curve.gain_over_best_judge is 'Held-out gain over the best single judge, in points';
comment on column top_k_curve.gain_over_best_judge_low is 'Lower end of its interval, paired';
comment on column top_k_curve.gain_over_best_judge_high is 'Upper end';
comment on column top_k_curve.is_crowd is 'True for the ensemble that judges battles (table crowd)';
