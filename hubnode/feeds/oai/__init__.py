"""OAI-PMH 2.0 (Open Archives Initiative, 2002; third edition of 2015): public records for libraries and catalogues."""
