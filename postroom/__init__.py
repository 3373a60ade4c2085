"""What a Django project elsewhere needs to send through a Postroom; needs Django, and nothing else of Postroom."""
