output "arn" {
  description = "The rules, as CloudFront and the ingress name them."
  value       = aws_wafv2_web_acl.this.arn
}
