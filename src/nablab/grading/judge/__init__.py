"""From the cells of one submission to its score: `pipeline.grade_one`, top to bottom."""
