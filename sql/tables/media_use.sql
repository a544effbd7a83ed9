-- Does each judge look at its clips, and listen to them?
create table media_use (
    judge text not null,
    condition text not null,
    changed text not null,
    pairs integer not null,
    clips integer not null,
    verdicts_changed double,
    verdicts_changed_low double,
    verdicts_changed_high double,
    repeats_changed double,
    measure text not null,
    change double,
    change_low double,
    change_high double,
    detectable_change double,
    use text not null,
    log_odds_change double,
    log_odds_change_low double,
    log_odds_change_high double,
    waf_2class double,
    waf_change double,
    waf_change_low double,
    waf_change_high double
);
comment on table media_use is 'One row a judge that takes media and a condition that changes what it takes. Strategy 1, both orders, all rounds. Intervals: 95 percent, by clip. Key: judge, condition.';
comment on column media_use.judge is 'The judge';
comment on column media_use.condition is 'What was done to the clip';
comment on column media_use.changed is 'picture, sound or both';
comment on column media_use.pairs is 'Labelled pairs without ties';
comment on column media_use.clips is 'Their clips';
comment on column media_use.verdicts_changed is 'Percent of verdicts that are others than with the clip as it is';
comment on column media_use.verdicts_changed_low is 'Lower end of its interval';
comment on column media_use.verdicts_changed_high is 'Upper end';
comment on column media_use.repeats_changed is 'Percent of verdicts on the clip as it is that are others than one repetition before; null without repetitions';
comment on column media_use.measure is 'Of what `change` is: probability (of the description that people prefer against the other) or, of a judge without probabilities, right verdicts (a tie is half right)';
comment on column media_use.change is 'Mean change against the clip as it is, in points; below 0 the judge is worse without';
comment on column media_use.change_low is 'Lower end of its interval';
comment on column media_use.change_high is 'Upper end';
comment on column media_use.detectable_change is 'The true loss that these clips would show with 80 percent power';
comment on column media_use.use is 'shown: the whole interval of change is below 0, so the judge uses what was changed. no difference: it is not, though a true loss of 10 points would be found (detectable_change). not shown: too few clips to say';
comment on column media_use.log_odds_change is 'Mean change of the natural log-odds of the description that people prefer; null of a judge without probabilities';
comment on column media_use.log_odds_change_low is 'Lower end of its interval';
comment on column media_use.log_odds_change_high is 'Upper end';
comment on column media_use.waf_2class is 'Two-class weighted F1 under the condition, normal order, in percent';
comment on column media_use.waf_change is 'waf_2class less that on the clips as they are';
comment on column media_use.waf_change_low is 'Lower end of the paired difference''s interval';
comment on column media_use.waf_change_high is 'Upper end';
