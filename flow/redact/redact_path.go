package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/names"
)

// pathWords tells what the path of a request says of the values in a body. The zero value says
// nothing.
type pathWords struct {
	request bool // the body is that of the request
	chosen  bool // it changes a password: {"old": …, "new": …}
	named   bool // it is the value of a secret that the path names: {"value": …}
	typed   bool // it has a code that people type: {"code": …}
	codes   bool // it lists such codes: {"codes": […]}
	asks    bool // it has answers to questions that prove who a person is: {"answer": …}
	linked  bool // it is that of a link that opens something for who has it: ?t=…
	stored  bool // it is that of a store of secrets: {"data": …}
}

// ofRequest returns what a path says of the body of the request.
func ofRequest(path string) pathWords {
	return pathWords{request: true, chosen: names.EndsWithChosen(path), named: names.EndsWithSecret(path),
		typed: names.TakesTypedCode(path), asks: names.AsksInPath(path), linked: names.LeadsByLink(path), stored: names.IsBelowSecrets(path)}
}

// ofResponse returns what a path says of the body of the response.
func ofResponse(path string) pathWords {
	return pathWords{named: names.EndsWithSecret(path), codes: names.ListsCodes(path), stored: names.IsBelowSecrets(path)}
}

// withLink returns a redactor for the query of a link with this path.
func (r *Redactor) withLink(path string) *Redactor {
	if !names.LeadsByLink(path) {
		return r
	}
	one := *r
	one.path.linked = true
	return &one
}

// isWhole reports whether a body is one word, and that the secret which its path names.
func (p pathWords) isWhole(contentType string, data []byte) bool {
	if !p.named && !p.stored || len(data) > names.MaxLen {
		return false
	}
	switch decode.MediaType(contentType) {
	case "", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded":
	default:
		return false
	}
	return p.isSecret(strings.TrimSpace(string(data)))
}

// isSecret reports whether a text that is all of a body is the secret. A response may also say what
// happened to it.
func (p pathWords) isSecret(text string) bool {
	if strings.ContainsAny(text, " \t\n{}[]<>=&") || find.IsHarmless(text) {
		return false
	}
	return p.request || find.IsShownSecret(text)
}

// ofParameter returns the sensitivity of a parameter of a query or form, which is that of its name
// unless the path says more.
func (p pathWords) ofParameter(name string, own names.Sensitivity) names.Sensitivity {
	switch {
	case p.chosen && names.IsStateOfSecret(name):
		return names.Secret
	case p.linked && own == names.Plain && len(name) < 3:
		return names.Weak
	case p.typed && own == names.Weak && (name == "code" || name == "Code"):
		return names.OneTime
	}
	return own
}

// maxPathDepth bounds the objects and lists around a member that a path tells more about.
const maxPathDepth = 3

// ofPath returns the sensitivity of a member, which is that of its name unless the path says more.
func (w *jsonRedactor) ofPath(name string) names.Sensitivity {
	p := &w.r.path
	switch name {
	case "code", "Code":
		if p.typed || p.codes {
			return names.OneTime
		}
	case "codes":
		if p.codes {
			return names.OneTime
		}
	case "value", "data", "payload", "content", "secret_value":
		if p.stored && len(w.stack) <= 2 {
			return names.Secret
		}
	}
	if p.asks && names.HoldsAnswer(name) {
		return names.Below
	}
	return w.sensitivity
}

// ofBody returns the sensitivity of a string or number in JSON, own unless it is all of the body,
// or an element of the list that is, and the path says more.
func (w *jsonRedactor) ofBody(own names.Sensitivity, value string) names.Sensitivity {
	if own != names.Plain {
		return own
	}
	switch p := &w.r.path; {
	case len(w.stack) == 0 && (p.named || p.stored) && p.isSecret(value):
		return names.Secret
	case len(w.stack) == 1 && w.stack[0].array && p.codes:
		return names.OneTime
	}
	return own
}
