-- Question: the battles of one source as small integers, which systems are they of, and on which clips?
-- Grain: a row of `battle_counts`, which may repeat a clip and two systems. Key: none.
-- Codes count from 0 in the order of names. Half wins make a verdict fit a byte; fractions of a battle stay fractions.
with
systems as (
    select system, (row_number() over (order by system) - 1)::smallint as code
    from (select first_system as system from battle_counts union select second_system from battle_counts)
),
clips as (
    select clip_id, (row_number() over (order by clip_id) - 1)::integer as code
    from (select distinct clip_id from battle_counts)
)
select
    clips.code as clip,
    one.code as first,
    other.code as second,
    battles,
    first_wins
from battle_counts
join clips using (clip_id)
join systems as one on one.system = first_system
join systems as other on other.system = second_system;
