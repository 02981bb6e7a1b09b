package openapi

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// ExtAccess at the top of a document is an [Access].
const ExtAccess = "x-spectap-access"

// Access says how a client of an API gets what its requests must carry: credentials by signing in,
// and tokens against forged requests (CSRF) from answers and pages. The document itself declares
// where requests carry them, as security schemes, header parameters and members of bodies.
type Access struct {
	// SignIn are the operations whose answers give credentials, those that ask for a password
	// first.
	SignIn []SignIn `json:"signIn,omitempty"`
	// AntiForgery are the tokens that requests carry back.
	AntiForgery []AntiForgery `json:"antiForgery,omitempty"`
}

// SignIn is an operation that gives credentials.
type SignIn struct {
	// Operation is the method and the path as the document has them, as in "POST /login".
	Operation string `json:"operation"`
	// Gives is where its answer has the credential of each security scheme.
	Gives map[string]Source `json:"gives"`
}

// AntiForgery is where requests carry a token, and where it comes from.
type AntiForgery struct {
	// Header is the header of requests that carry the token, or "".
	Header string `json:"header,omitempty"`
	// Field is the member of a form or a JSON object that does, or "".
	Field string `json:"field,omitempty"`
	// From are the places that gave it, the best first.
	From []Source `json:"from,omitempty"`
}

// Source is a place in an answer. One of Cookie, Header, Pointer, Meta and Field is set; without
// them, the body is the value, as text or a string of JSON.
type Source struct {
	// Operation is the method and path of the operation that answers, "" for any operation or for
	// a page.
	Operation string `json:"operation,omitempty"`
	// Page is the path of a page, which is no operation.
	Page string `json:"page,omitempty"`

	Cookie  string `json:"cookie,omitempty"`  // the name of a cookie that the answer sets
	Header  string `json:"header,omitempty"`  // the name of a header
	Pointer string `json:"pointer,omitempty"` // a JSON Pointer (RFC 6901) into the body
	Meta    string `json:"meta,omitempty"`    // the name of a <meta> element of a page
	Field   string `json:"field,omitempty"`   // the name of a hidden field of a form
}

// AccessOf returns what a document says with [ExtAccess], nothing if that cannot be read.
func AccessOf(doc *openapi3.T) (a Access) {
	text, err := json.Marshal(doc.Extensions[ExtAccess])
	if err != nil || json.Unmarshal(text, &a) != nil {
		return Access{}
	}
	return a
}

// PruneAccess removes from the tree of an [Access] what names operations or security schemes that
// an unfolded document does not have. It reports whether anything is left.
func PruneAccess(access, root *yaml.Node) bool {
	isGone := func(n *yaml.Node) bool {
		method, path, ok := strings.Cut(yamledit.Text(yamledit.Get(n, "operation")), " ")
		return ok && yamledit.Get(root, "paths", path, strings.ToLower(method)) == nil
	}
	prune := func(n *yaml.Node, isGone func(*yaml.Node) bool) bool {
		if yamledit.Items(n) != nil {
			n.Content = slices.DeleteFunc(n.Content, isGone)
		}
		return len(yamledit.Items(n)) > 0
	}
	yamledit.RemovePairs(access, func(key, list *yaml.Node) bool {
		return !prune(list, func(n *yaml.Node) bool {
			if key.Value == "antiForgery" {
				return !prune(yamledit.Get(n, "from"), isGone)
			}
			gives := yamledit.Get(n, "gives")
			yamledit.RemovePairs(gives, func(scheme, _ *yaml.Node) bool {
				return yamledit.Get(root, "components", "securitySchemes", scheme.Value) == nil
			})
			return isGone(n) || gives == nil || len(gives.Content) == 0
		})
	})
	return access != nil && len(access.Content) > 0
}
