"""The paper's Table 2 beside the same figures here: from published outputs in a folder, or from what is evaluated."""
