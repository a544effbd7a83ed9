-- Question: what does each judge cost, and what does it give for it?
-- Grain: One row a judge that has been called. Key: judge.
-- Columns: judge, waf_2class, calls, failed, tokens_in, tokens_out, seconds, cost, verdicts, seconds_per_call,
--   cost_per_1000_verdicts.
create or replace view cost_per_judge as
with
taken as (
    select
        judge, sum(calls)::bigint as calls, sum(failed)::bigint as failed, sum(tokens_in)::bigint as tokens_in,
        sum(tokens_out)::bigint as tokens_out, sum(seconds) as seconds, sum(cost) as cost
    from judge_costs
    group by judge
),
given as (select judge, count(*) filter (where failure is null) as verdicts from predictions group by judge)
select
    judge, judge_board.waf_2class, taken.calls, taken.failed, taken.tokens_in, taken.tokens_out, taken.seconds,
    taken.cost, coalesce(given.verdicts, 0) as verdicts, taken.seconds / nullif(taken.calls, 0) as seconds_per_call,
    1000 * taken.cost / nullif(given.verdicts, 0) as cost_per_1000_verdicts
from taken
left join given using (judge)
left join judge_board using (judge);
comment on view cost_per_judge is 'One row a judge that has been called. Key: judge.';
comment on column cost_per_judge.judge is 'The judge';
comment on column cost_per_judge.waf_2class is 'Two-class weighted F1 at its best strategy, percent';
comment on column cost_per_judge.calls is 'Calls made, in all runs and steps, those to its external model too';
comment on column cost_per_judge.failed is 'Of these, calls without an answer';
comment on column cost_per_judge.tokens_in is 'Prompt tokens';
comment on column cost_per_judge.tokens_out is 'Generated tokens';
comment on column cost_per_judge.seconds is 'Seconds of model time';
comment on column cost_per_judge.cost is 'By the prices of the registry when the calls were made';
comment on column cost_per_judge.verdicts is 'Verdicts on the data set''s pairs that the calls gave, all strategies, orders and rounds';
comment on column cost_per_judge.seconds_per_call is 'Model time of a call';
comment on column cost_per_judge.cost_per_1000_verdicts is 'Money for a thousand verdicts, failed calls, battles and descriptions included';
