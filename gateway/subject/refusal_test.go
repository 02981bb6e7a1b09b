package subject

import (
	"testing"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestRefusalCode checks that what is hidden is refused as what does not exist, and a tool that may
// be seen by a result that the model reads.
func TestRefusalCode(t *testing.T) {
	for _, tt := range []struct {
		name    string
		subject enforce.Subject
		hidden  bool
		want    int
	}{
		{"a tool", enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool}, false, 0},
		{"a hidden tool", enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool}, true, jsonrpc.CodeInvalidParams},
		{"a method", enforce.Subject{How: enforce.ByPolicy, Kind: policy.Method}, false, jsonrpc.CodeInvalidRequest},
		{"a hidden method", enforce.Subject{How: enforce.ByPolicy, Kind: policy.Method}, true, jsonrpc.CodeMethodNotFound},
		{"a resource", enforce.Subject{How: enforce.ByPolicy, Kind: policy.Resource}, false, jsonrpc.CodeInvalidRequest},
		{"a hidden resource", enforce.Subject{How: enforce.ByPolicy, Kind: policy.Resource}, true, jsonrpc.CodeInvalidParams},
		{"an invalid message", enforce.Subject{How: enforce.Refused}, false, jsonrpc.CodeInvalidParams},
		{"an unknown tool", enforce.Subject{How: enforce.Unknown, Kind: policy.Tool}, true, jsonrpc.CodeInvalidParams},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := RefusalCode(tt.subject, tt.hidden); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
