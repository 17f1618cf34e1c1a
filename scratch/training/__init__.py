"""What stands around an optimizer's step: ``forward`` alone, since nobody differentiates it.

Names and options are those of `torch.nn.utils` where it has them; nothing is changed in place.
"""
