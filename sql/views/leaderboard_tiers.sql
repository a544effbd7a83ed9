-- Question: which system describes emotions best, and which places do the clips leave open?
-- Grain: One row a source of verdicts and ranked system. Key: source, system.
-- Columns: source, source_kind, piece, tier, rank, ranks_left_open, system, rating, interval, tied_with, battles,
--   tie_percent.
create or replace view leaderboard_tiers as
with recursive
ranked as (
    select *, row_number() over (partition by source, piece order by rank, system) as place
    from leaderboard
    where state = 'ranked'
),
tiers as (
    select source, piece, place, system, 1 as tier, system as tier_head
    from ranked
    where place = 1
    union all
    select
        ranked.source, ranked.piece, ranked.place, ranked.system,
        case when list_contains(coalesce(ranked.tied_with, []), tiers.tier_head) then tiers.tier else tiers.tier + 1 end,
        case when list_contains(coalesce(ranked.tied_with, []), tiers.tier_head) then tiers.tier_head else ranked.system end
    from tiers
    join ranked on ranked.source = tiers.source and ranked.piece = tiers.piece and ranked.place = tiers.place + 1
)
select
    ranked.source,
    case
        when ranked.source = 'human' then 'people'
        when ranked.source = 'crowd' then 'crowd'
        when judges.content_blind then 'floor'
        when judges.judge is not null then 'judge'
        else ranked.source
    end as source_kind,
    ranked.piece, tiers.tier, ranked.rank,
    case
        when ranked.rank_low = ranked.rank_high then ranked.rank_low::text
        else ranked.rank_low || ' to ' || ranked.rank_high
    end as ranks_left_open,
    ranked.system, round(ranked.rating)::integer as rating,
    round(ranked.ci_low)::integer || ' to ' || round(ranked.ci_high)::integer as interval,
    coalesce(array_to_string(ranked.tied_with, ', '), '') as tied_with,
    ranked.battles, ranked.tie_share as tie_percent
from ranked
join tiers using (source, piece, system)
left join judges on judges.judge = ranked.source;
comment on view leaderboard_tiers is 'One row a source of verdicts and ranked system. Key: source, system.';
comment on column leaderboard_tiers.source is 'Whose verdicts: human, crowd, or a judge''s name';
comment on column leaderboard_tiers.source_kind is 'people, crowd, judge, floor, or the source itself where it is none of them';
comment on column leaderboard_tiers.piece is 'Connected piece of the comparison graph; ratings compare within a piece only';
comment on column leaderboard_tiers.tier is 'From 1; a tier ends before the first system that can be told from the tier''s own first system';
comment on column leaderboard_tiers.rank is 'By rating';
comment on column leaderboard_tiers.ranks_left_open is 'Ranks in its 95 percent interval, as text';
comment on column leaderboard_tiers.system is 'The system';
comment on column leaderboard_tiers.rating is 'Elo scale, rounded; the mean of a piece is 1000';
comment on column leaderboard_tiers.interval is 'Its 95 percent interval, clustered by clip, as text';
comment on column leaderboard_tiers.tied_with is 'Systems that it cannot be told from, as text; empty for none';
comment on column leaderboard_tiers.battles is 'Pairs judged';
comment on column leaderboard_tiers.tie_percent is 'Percent of battles tied';
