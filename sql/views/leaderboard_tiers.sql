-- Question: which system describes emotions best, and which places do the clips leave open?
-- Grain: One row a source of verdicts and ranked system. Key: source, system.
-- Columns: source, source_kind, component, tier, rank, ranks_left_open, system, rating, interval, tied_with, battles,
--   tie_percent.
create or replace view leaderboard_tiers as
select
    leaderboard.source,
    case
        when leaderboard.source = 'human' then 'people'
        when leaderboard.source = 'crowd' then 'crowd'
        when judges.content_blind then 'baseline'
        when judges.judge is not null then 'judge'
        else leaderboard.source
    end as source_kind,
    leaderboard.component, leaderboard.tier, leaderboard.rank,
    case
        when leaderboard.rank_low = leaderboard.rank_high then leaderboard.rank_low::text
        else leaderboard.rank_low || ' to ' || leaderboard.rank_high
    end as ranks_left_open,
    leaderboard.system, round(leaderboard.rating)::integer as rating,
    round(leaderboard.ci_low)::integer || ' to ' || round(leaderboard.ci_high)::integer as interval,
    coalesce(array_to_string(leaderboard.tied_with, ', '), '') as tied_with,
    leaderboard.battles, leaderboard.tie_share as tie_percent
from leaderboard
left join judges on judges.judge = leaderboard.source
where leaderboard.state = 'ranked';
comment on view leaderboard_tiers is 'One row a source of verdicts and ranked system. Key: source, system.';
comment on column leaderboard_tiers.source is 'Whose verdicts: human, crowd, or a judge''s name';
comment on column leaderboard_tiers.source_kind is 'people, crowd, judge, baseline, or the source itself where it is none of them';
comment on column leaderboard_tiers.component is 'Connected component of the comparison graph; ratings compare within a component only';
comment on column leaderboard_tiers.tier is 'Letters: two systems of a component share one if and only if they do not differ significantly';
comment on column leaderboard_tiers.rank is 'By rating';
comment on column leaderboard_tiers.ranks_left_open is 'Ranks that no significant difference closes, as text';
comment on column leaderboard_tiers.system is 'The system';
comment on column leaderboard_tiers.rating is 'Elo scale, rounded; the mean of a component is 1000';
comment on column leaderboard_tiers.interval is 'Its 95 percent interval, clustered by clip, as text';
comment on column leaderboard_tiers.tied_with is 'Systems from which it does not differ significantly, as text; empty for none';
comment on column leaderboard_tiers.battles is 'Pairs judged';
comment on column leaderboard_tiers.tie_percent is 'Percent of battles tied';
