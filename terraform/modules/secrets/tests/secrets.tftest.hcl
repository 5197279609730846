mock_provider "aws" {
  source = "../../mocks"
}

variables {
  prefix            = "raally/test"
  postgres_address  = "postgres.example.com"
  passwords         = { postgres = "a", postgres-admin = "b", postgres-owner = "c", redis = "d" }
  password_versions = { postgres = 1, postgres-admin = 1, postgres-owner = 1, redis = 3 }
}

run "what_the_cluster_asks_for_is_there_under_a_key" {
  command = plan

  assert {
    condition = toset(output.names) == toset([for name in [
      "postgres", "postgres-admin", "postgres-owner", "redis", "mail", "trust", "tls-backend", "tls-worker", "tls-frontend",
    ] : "raally/test/${name}"])
    error_message = "The secrets are not those that k8s/components/external-secrets names."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.passwords : secret.recovery_window_in_days == 30])
    error_message = "A deleted secret is gone at once."
  }
}

run "passwords_are_not_in_the_state" {
  command = plan

  assert {
    condition = alltrue([
      for version in concat(values(aws_secretsmanager_secret_version.stores), values(aws_secretsmanager_secret_version.logins)) : version.secret_string == null
    ])
    error_message = "A password is kept in Terraform's state."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.stores["redis"].secret_string_wo_version == 3 && aws_secretsmanager_secret_version.logins["postgres"].secret_string_wo_version == 1
    error_message = "A new version of one password is not that one's alone."
  }
}

run "reading_is_of_these_secrets_alone" {
  command = plan

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.read.statement : length(setintersection(statement.actions, ["secretsmanager:*", "kms:*", "*"])) == 0])
    error_message = "External Secrets may more than read."
  }
}

run "nothing_rotates_without_a_function" {
  command = plan

  assert {
    condition     = length(aws_secretsmanager_secret_rotation.this) == 0
    error_message = "Something rotates by a function that nobody named."
  }
}

run "a_function_rotates_the_two_logins" {
  command = plan

  variables {
    rotation = { function_arn = "arn:aws:lambda:us-west-2:123456789012:function:rotate", days = 30 }
  }

  assert {
    condition     = toset(keys(aws_secretsmanager_secret_rotation.this)) == toset(["postgres", "postgres-owner"]) && aws_secretsmanager_secret_rotation.this["postgres"].rotation_rules[0].automatically_after_days == 30
    error_message = "Not the two logins rotate, or not every 30 days."
  }
}

run "another_prefix_is_refused" {
  command = plan

  variables {
    prefix = "other/test"
  }

  expect_failures = [var.prefix]
}

run "a_password_without_a_version_is_refused" {
  command = plan

  variables {
    password_versions = { postgres = 1, postgres-admin = 1, postgres-owner = 1 }
  }

  expect_failures = [var.password_versions]
}

run "half_a_version_is_refused" {
  command = plan

  variables {
    password_versions = { postgres = 1.5, postgres-admin = 1, postgres-owner = 1, redis = 1 }
  }

  expect_failures = [var.password_versions]
}

run "a_function_that_is_none_is_refused" {
  command = plan

  variables {
    rotation = { function_arn = "rotate", days = 30 }
  }

  expect_failures = [var.rotation]
}

run "three_days_to_come_back_are_refused" {
  command = plan

  variables {
    recovery_days = 3
  }

  expect_failures = [var.recovery_days]
}
