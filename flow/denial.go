package flow

import "regexp"

// Denial is why the guard of a proxy did not send a request.
type Denial struct {
	// Rule is what denied: [ByDocuments], [ByPolicy], [ByProxy], or a rule of the policy as the
	// audit has it.
	Rule string
	// Operation is the name of the operation in policies, "" if no document has the request.
	Operation string
	Reason    string
}

// What denied without a rule of the policy.
const (
	ByDocuments = "the documents"
	ByPolicy    = "the policy" // it does not list the operation
	ByProxy     = "the proxy"  // it cannot tell what the request is
)

// String returns the Err of a denied flow.
func (d Denial) String() string {
	of := ""
	if d.Operation != "" {
		of = ", operation " + d.Operation
	}
	return "denied by " + d.Rule + of + ": " + d.Reason
}

var denied = regexp.MustCompile(`^denied by (.+?)(?:, operation ([\w.-]+))?: (.*)$`)

// Denied returns why a guard denied the request. ok is false for other flows, and for those that a
// file brought: it could claim anything.
func (f *Flow) Denied() (d Denial, ok bool) {
	m := denied.FindStringSubmatch(f.Err)
	if m == nil || f.Source != SourceProxy {
		return d, false
	}
	return Denial{m[1], m[2], m[3]}, true
}
