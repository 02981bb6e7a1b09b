package noun_test

import (
	"testing"

	"github.com/spectap/spectap/infer/noun"
)

// TestIsIdentifier tells names that programs choose from values.
func TestIsIdentifier(t *testing.T) {
	for _, s := range []string{"id", "createdAt", "X-Request-ID", "filter[created_at]", "@odata.nextLink", "$top", "sha256", "line1", "ipv4",
		"_links", "kubernetes.io/name", "OAuth2Scopes", "straße", "url", "https", "html5", "p95", "GlobalIPv6Address", "a/b", "x:type", "node.k8s.io", "backendHttpSettings", "_", "*"} {
		if !noun.IsIdentifier(s) {
			t.Errorf("%q is no identifier", s)
		}
	}
	for _, s := range []string{"", "42", "hunter22", "Xk29fjQ8sLp0aB7d", "QzXkPwRtYv", `{"user":"ada"}`, "correct horse", "aGVsbG8=", "~ada",
		"2024-01-31", "a=b", "xkqzvbnm", "s3cr3tword", "order/4711"} {
		if noun.IsIdentifier(s) {
			t.Errorf("%q is an identifier", s)
		}
	}
}
