output "addons" {
  description = "The add-ons' names."
  value       = sort(keys(aws_eks_addon.this))
}

output "policies" {
  description = "The rights of the controllers that k8s/platform installs."
  value = {
    load_balancers = data.aws_iam_policy_document.load_balancers.json
    autoscaler     = data.aws_iam_policy_document.autoscaler.json
  }
}
