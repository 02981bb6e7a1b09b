package policy

import (
	"encoding/hex"
	"slices"
	"time"
)

// Policy is a set of rules. It is immutable and safe for concurrent use.
type Policy struct {
	// Description is the policy's description of itself.
	Description string

	digest   [32]byte
	allow    bool // the default
	hide     []pattern
	all      *entry // of every tool, may be nil
	sections [kinds]section
	upstream map[string]bool // the requests that the upstream may send to the client
	// annotated means that a condition depends on annotations.
	annotated bool
	approves  bool // an entry has require_approval
	// sent are the conditions on secrets and personal data in all that a message sends.
	sent      []rule
	session   sessionRules
	pins      PinCheck
	sessional bool      // something depends on earlier calls
	results   Results   // of everything
	orders    []pattern // the tools that must be called before others
}

// Version identifies the content of a policy: the beginning of the SHA-256 of its text, in hex. It
// is "" for that of [AllowAll].
func (p *Policy) Version() string {
	if p.AllowsAll() {
		return ""
	}
	return hex.EncodeToString(p.digest[:8])
}

// AllowAll returns a policy that allows everything.
func AllowAll() *Policy { return &Policy{allow: true} }

// AllowsAll reports whether the policy is that of [AllowAll].
func (p *Policy) AllowsAll() bool { return p.allow && p.digest == [32]byte{} }

// NeedsTools reports whether decisions depend on the tools that the upstream lists: on annotations,
// or on the existing names. If names without a rule may pass, they must be listed by the upstream.
// So a hidden tool looks like one that does not exist, and a variant spelling of a name does not
// evade its rule where an upstream accepts variants.
func (p *Policy) NeedsTools() bool {
	s := &p.sections[Tool]
	rules := len(p.hide) + len(s.list)
	return p.annotated || rules > 0 && (p.allow || len(s.globs) > 0)
}

// Kind is the kind of a call.
type Kind uint8

// The kinds of calls. Each has a section of its own in a policy.
const (
	Tool     Kind = iota // tools/call; the name is the tool's
	Resource             // resources/read and subscriptions; the name is the URI
	Prompt               // prompts/get; the name is the prompt's
	Method               // methods that this program does not know; the name is the method's
	kinds
)

// sectionNames are the names of the sections in a policy.
var sectionNames = [kinds]string{"tools", "resources", "prompts", "methods"}

// String returns the kind's name in messages.
func (k Kind) String() string {
	return [...]string{"tool", "resource", "prompt", "method", "kind"}[min(k, kinds)]
}

// The requests of an upstream to a client, which "upstream" in a policy names.
const (
	Sampling    = "sampling"
	Elicitation = "elicitation"
	Roots       = "roots"
	Logging     = "logging"
)

// Call has the facts on which a decision depends. The values are decoded JSON with numbers as
// json.Number.
type Call struct {
	Kind Kind
	Name string
	// Args are the arguments of a tool or prompt: an object, or nil.
	Args any
	// Beside is what the message sends in addition to the name and the arguments, or nil. Only
	// conditions on secrets and personal data look at it.
	Beside any
	// Identity describes the caller: "name", and for tokens of an issuer the "claims".
	Identity map[string]any
	// Annotations are the upstream's annotations of the tool. They are hints of a server that may
	// be untrusted.
	Annotations map[string]any
	// Session is the state that earlier calls left. Nil means unknown: conditions on it cannot be
	// evaluated.
	Session *Session
	Time    time.Time
}

// Decision is the result of [Policy.Decide]. The zero value denies.
type Decision struct {
	Allowed bool
	// Hidden means that lists do not show the requested name. A refusal must look like that of a
	// name that does not exist.
	Hidden bool
	// Rule is the JSON pointer (RFC 6901) of the rule that denied, or "(hidden)" or "(default
	// deny)". If the call is allowed, it is the pointer of the entry that allows it, or "(default
	// allow)".
	Rule string
	// Reason explains a denial to the caller. It has no values from the call.
	Reason string
	// Scopes are the scopes that the denying rule checks: with some of them the rule would not
	// deny, unless it has other conditions, too. They must not be changed.
	Scopes []Scope
	// IsConditional means that conditions or limits deny the call: another call of the same tool,
	// or a later one, may be allowed.
	IsConditional bool
	// Charges must be reserved, all or none, before the call is forwarded.
	Charges []Charge
	// Results is the treatment of the answer.
	Results Results
	// Approval, unless nil, must be obtained before the call is forwarded.
	Approval *Approval
	// Settled means that an entry for the tool decides whether its calls need an approval.
	Settled bool
	// Taints are the taints that the call sets on the session, sorted. They are set before it is
	// forwarded.
	Taints []string
	// Keeps are the taints by value, sorted: the secrets in the answer are kept under these names.
	Keeps []string
}

// Rules without a place in a policy.
const (
	RuleHidden       = "(hidden)"
	RuleDefaultDeny  = "(default deny)"
	RuleDefaultAllow = "(default allow)"
)

// section holds the entries for one kind of call.
type section struct {
	exact map[string]*entry
	globs []*entry // in the order of the policy
	list  []*entry // both, in the order of the policy
}

// entries returns the entries of some sections, and that of all_tools.
func (p *Policy) entries(kinds ...Kind) (all []*entry) {
	for _, k := range kinds {
		all = append(all, p.sections[k].list...)
	}
	if p.all != nil {
		all = append(all, p.all)
	}
	return all
}

// entry has the rules for the names that a pattern matches.
type entry struct {
	name    pattern
	pointer string
	deny    bool
	reason  string
	require []rule
	denyIf  []rule
	limits  []limit
	results Results
	after   []rule
	taints  []string // sorted
	keeps   []string // taints by value, sorted
	// approval, unless nil, is the rule on when a person must agree.
	approval *approvalRule
}

// rule is a condition with its place and the message of a denial.
type rule struct {
	pointer string
	reason  string
	cond    condition
	scopes  []Scope // that the rule checks
}

// matching calls yield with each entry that applies to a name, the exact one first, until it
// returns false.
func (s *section) matching(name string, yield func(*entry) bool) {
	if e := s.exact[name]; e != nil && !yield(e) {
		return
	}
	for _, e := range s.globs {
		if e.name.matches(name) && !yield(e) {
			return
		}
	}
}

// isHidden reports whether "hide" names a tool.
func (p *Policy) isHidden(name string) bool {
	return slices.ContainsFunc(p.hide, func(h pattern) bool { return h.matches(name) })
}

// Lists reports whether lists show a name. A denied tool is listed, so that a model learns the
// reason when it calls it. A hidden tool is not listed, nor is a tool that the policy does not name
// under default deny. Prompts and resources that are always denied are not listed; they cannot be
// hidden otherwise.
func (p *Policy) Lists(k Kind, name string) bool {
	if k == Tool && p.isHidden(name) {
		return false
	}
	listed, omitsDenied := p.allow, k == Prompt || k == Resource
	p.sections[k].matching(name, func(e *entry) bool {
		listed = !omitsDenied || !e.deny
		return listed && omitsDenied // another entry may deny
	})
	return listed
}

// ListsTemplate reports whether lists show a template of resources (RFC 6570): whether it may
// expand to a URI that the policy does not always deny.
func (p *Policy) ListsTemplate(template string) bool {
	s, start := &p.sections[Resource], literalStart(template)
	opaque := opaqueTemplate(template)
	for _, e := range s.globs {
		if e.deny && e.name.matches(opaque) {
			return false
		}
	}
	return p.allow || slices.ContainsFunc(s.list, func(e *entry) bool { return !e.deny && hasEitherPrefix(e.name.start(), start) })
}

// EntryOf returns the name or pattern of the entry that matches a call, in "hide" or in the section
// of its kind, or "".
func (p *Policy) EntryOf(k Kind, name string) string {
	if k == Tool {
		for _, h := range p.hide {
			if h.matches(name) {
				return string(h)
			}
		}
	}
	named := ""
	if k < kinds {
		p.sections[k].matching(name, func(e *entry) bool { named = string(e.name); return false })
	}
	return named
}

// Upstream decides on a request of the upstream to the client: [Sampling], [Elicitation], [Roots]
// or [Logging].
func (p *Policy) Upstream(request string) Decision {
	allowed, stated := p.upstream[request]
	switch {
	case !stated && p.allow:
		return Decision{Allowed: true, Rule: RuleDefaultAllow}
	case !stated:
		return Decision{Rule: RuleDefaultDeny, Reason: "the policy does not allow the server to use " + request}
	case !allowed:
		return Decision{Rule: "/upstream/" + request, Reason: "the policy denies the server the use of " + request}
	}
	return Decision{Allowed: true, Rule: "/upstream/" + request}
}
