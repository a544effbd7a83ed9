-- How well do people agree with each other: what can a judge hope for?
create table human_agreement (
    annotator text not null,
    two_class double,
    two_class_low double,
    two_class_high double,
    two_class_comparisons integer,
    three_class double,
    three_class_low double,
    three_class_high double,
    three_class_comparisons integer,
    waf_2class double,
    waf_2class_low double,
    waf_2class_high double,
    acc_2class double,
    acc_2class_low double,
    acc_2class_high double,
    waf_3class double,
    waf_3class_low double,
    waf_3class_high double,
    acc_3class double,
    acc_3class_low double,
    acc_3class_high double,
    cohen_kappa double,
    cohen_kappa_low double,
    cohen_kappa_high double,
    fleiss_kappa double,
    fleiss_kappa_low double,
    fleiss_kappa_high double,
    krippendorff_alpha double,
    krippendorff_alpha_low double,
    krippendorff_alpha_high double,
    source text not null
);
comment on table human_agreement is 'One row a qualified annotator, and one row `all`; published figures where there are no votes. Intervals: 95 percent, clustered by clip. Key: annotator.';
comment on column human_agreement.annotator is 'Name in the files, or `all`';
comment on column human_agreement.two_class is 'Percent of equal votes with each other qualified annotator, comparisons with a tie dropped';
comment on column human_agreement.two_class_low is 'Lower end of its interval';
comment on column human_agreement.two_class_high is 'Upper end';
comment on column human_agreement.two_class_comparisons is 'Comparisons behind two_class';
comment on column human_agreement.three_class is 'Percent of equal votes, ties kept';
comment on column human_agreement.three_class_low is 'Lower end of its interval';
comment on column human_agreement.three_class_high is 'Upper end';
comment on column human_agreement.three_class_comparisons is 'Comparisons behind three_class';
comment on column human_agreement.waf_2class is 'Weighted F1 of the vote against the majority of the others, by the judges'' two-class rule';
comment on column human_agreement.waf_2class_low is 'Lower end of its interval';
comment on column human_agreement.waf_2class_high is 'Upper end';
comment on column human_agreement.acc_2class is 'Accuracy by the same rule';
comment on column human_agreement.acc_2class_low is 'Lower end of its interval';
comment on column human_agreement.acc_2class_high is 'Upper end';
comment on column human_agreement.waf_3class is 'Weighted F1 against the majority of the others, three labels';
comment on column human_agreement.waf_3class_low is 'Lower end of its interval';
comment on column human_agreement.waf_3class_high is 'Upper end';
comment on column human_agreement.acc_3class is 'Accuracy by the same rule';
comment on column human_agreement.acc_3class_low is 'Lower end of its interval';
comment on column human_agreement.acc_3class_high is 'Upper end';
comment on column human_agreement.cohen_kappa is 'Cohen''s kappa with the majority of the others (Cohen 1960)';
comment on column human_agreement.cohen_kappa_low is 'Lower end of its interval';
comment on column human_agreement.cohen_kappa_high is 'Upper end';
comment on column human_agreement.fleiss_kappa is 'Fleiss'' kappa over pairs with two votes or more (Fleiss 1971); row `all` only';
comment on column human_agreement.fleiss_kappa_low is 'Lower end of its interval';
comment on column human_agreement.fleiss_kappa_high is 'Upper end';
comment on column human_agreement.krippendorff_alpha is 'Krippendorff''s alpha, nominal (Krippendorff 2011); row `all` only';
comment on column human_agreement.krippendorff_alpha_low is 'Lower end of its interval';
comment on column human_agreement.krippendorff_alpha_high is 'Upper end';
comment on column human_agreement.source is 'These votes, or the publication that the figures are from';
