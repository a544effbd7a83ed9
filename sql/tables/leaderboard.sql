-- Which system describes emotions best, by people, by each judge and by the crowd?
create table leaderboard (
    source text not null,
    component integer not null,
    rank integer,
    system text not null,
    state text not null,
    rating double,
    ci_low double,
    ci_high double,
    rank_low integer,
    rank_high integer,
    tier text,
    tied_with text[],
    equivalent_to text[],
    detectable_difference double,
    first_in_replicates double,
    strength double,
    battles double not null,
    wins double not null,
    tie_share double,
    clips integer not null,
    davidson_rating double,
    davidson_low double,
    davidson_high double,
    ties_differ boolean,
    challenger text,
    clips_to_change integer
);
comment on table leaderboard is 'One row a source of verdicts and system. Bradley-Terry (Bradley and Terry 1952), ties as half a win. Key: source, system.';
comment on column leaderboard.source is 'Whose verdicts: human, crowd, or a judge''s name';
comment on column leaderboard.component is 'Connected component of the comparison graph, from 1; ratings compare within a component only';
comment on column leaderboard.rank is 'By rating, within source and component; null for a quarantined or disqualified system';
comment on column leaderboard.system is 'The system';
comment on column leaderboard.state is 'ranked; quarantined (screening found something, and its battles are not judged until it is released) or disqualified';
comment on column leaderboard.rating is 'Elo scale: 1000 + 400 / ln(10) * strength; the mean of a component is 1000';
comment on column leaderboard.ci_low is 'Lower end of the 95 percent interval, clustered by clip, Student''s t; null with fewer than two clips';
comment on column leaderboard.ci_high is 'Upper end of the 95 percent interval';
comment on column leaderboard.rank_low is 'Best rank left open: 1 more than there are systems of the component that are significantly better (95 percent, all comparisons of the component together: max-t over resampled clips, Mogstad et al. 2024)';
comment on column leaderboard.rank_high is 'Worst rank left open: the systems of the component, less those that are significantly worse';
comment on column leaderboard.tier is 'Letters: two systems of a component share one if and only if they do not differ significantly (Piepho 2004)';
comment on column leaderboard.tied_with is 'Systems of the same component from which it does not differ significantly, best first';
comment on column leaderboard.equivalent_to is 'Those of them to which it is shown to be equal within 35 rating points, 55 percent of battles won (90 percent interval of the difference)';
comment on column leaderboard.detectable_difference is 'Smallest true difference from another system of its component that these clips would show to be significant with 80 percent power, in rating points: the median over the other systems, by the critical value of all comparisons of the component (Bloom 1995); null where nothing is known';
comment on column leaderboard.first_in_replicates is 'Share of bootstrap replicates in which it comes first in its component; not the probability that it is the best';
comment on column leaderboard.strength is 'Natural-log odds, centred at zero within a component';
comment on column leaderboard.battles is 'Pairs judged; people''s votes on one pair share its weight, and so do a judge''s orders and rounds';
comment on column leaderboard.wins is 'Battles won, ties as half';
comment on column leaderboard.tie_share is 'Percent of battles tied; by people, of votes';
comment on column leaderboard.clips is 'Clips that the system was judged on';
comment on column leaderboard.davidson_rating is 'The rating by Davidson (1970) with a tie parameter for every two systems, which no share of ties moves; null for people with crowd';
comment on column leaderboard.davidson_low is 'Lower end of its 95 percent interval';
comment on column leaderboard.davidson_high is 'Upper end';
comment on column leaderboard.ties_differ is 'True where shares of ties differ by pair of systems by more than their ratings explain (5 percent): ties as half a win move ratings, and davidson_rating is to be read; null for people with crowd';
comment on column leaderboard.challenger is 'For the leader of a component: who leads without clips_to_change of its clips';
comment on column leaderboard.clips_to_change is 'For the leader of a component: on how few clips its lead rests (the fewest that were found without which it does not lead); null where none were found';
