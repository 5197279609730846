# terraform/bootstrap/run writes this file: it names the bucket that holds this environment's state.
terraform {
  backend "s3" {
    bucket       = "(none yet: run terraform/bootstrap/run production)"
    key          = "production.tfstate"
    region       = "us-west-2"
    encrypt      = true
    use_lockfile = true
  }
}
