"""Where pictures come from and results go to. Each source is one package or file behind `base.Source`; none knows rows."""
