"""What a notebook of Kaggle asks its platform for."""


class UserSecretsClient:
    def get_secret(self, name):
        return "a secret"
