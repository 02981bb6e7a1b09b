package diff

import "github.com/spectap/spectap/internal/lazyregexp"

// Kind is the evidence for a change if the second document was inferred from traffic: something
// exists, or was only not seen. The rule that finds a change is its ID.
type Kind string

// The kinds of changes.
const (
	// Undocumented is something that the traffic has and the document has not.
	Undocumented Kind = "undocumented"
	// Lost is a member that, according to the document, all answers had, and that no answer had in
	// the traffic.
	Lost Kind = "lost"
	// NotShown is something that the document has or restricts, and that the traffic did not show:
	// it contradicts nothing.
	NotShown Kind = "not_shown"
	// Label is a change of names, tags and marks, which traffic does not have.
	Label Kind = "label"
)

// Part is the part of an API that a change is about.
type Part string

// The parts of an API.
const (
	PartOperation Part = "operations"
	PartParameter Part = "parameters"
	PartStatus    Part = "statuses"
	PartMember    Part = "members" // of bodies
	PartOther     Part = "other"
)

// The ids of changes follow oasdiff's scheme: the part, the change, its direction.
var (
	labelIDs = lazyregexp.New(
		`^api-(tag|operation-id|schema|(major-)?version|security-component-(added|removed)$)|-reactivated$|-(deprecated|sunset)(-|$)`)
	lostIDs         = lazyregexp.New(`^response-required-property-removed|^required-response-header-removed`)
	undocumentedIDs = lazyregexp.New(`^endpoint-added|^new-(required|optional)-|` +
		`-(property|parameter|header|status|media-type|security)-added|^request-body-added|^api-global-security-added`)
	operationIDs = lazyregexp.New(`^endpoint-|^api-(path-)?removed`)
	parameterIDs = lazyregexp.New(`request-parameter`)
	statusIDs    = lazyregexp.New(`-status-(added|removed)`)
	memberIDs    = lazyregexp.New(`-property-(added|removed)|^new-(required|optional)-request-property`)
)

// KindOf returns the kind of a change. A change without evidence of its own is NotShown: only
// package openapi/check decides whether a request or response contradicts a document, since an
// inferred document shares schemas between operations and may be looser than the traffic.
func (c *Change) KindOf() Kind {
	switch {
	case labelIDs.MatchString(c.ID):
		return Label
	case lostIDs.MatchString(c.ID):
		return Lost
	case undocumentedIDs.MatchString(c.ID):
		return Undocumented
	}
	return NotShown
}

// IsShown reports whether traffic shows a change to a document that was inferred from it.
func (c *Change) IsShown() bool {
	kind := c.KindOf()
	return kind == Undocumented || kind == Lost
}

// PartOf returns the part that a change is about.
func (c *Change) PartOf() Part {
	switch {
	case operationIDs.MatchString(c.ID):
		return PartOperation
	case memberIDs.MatchString(c.ID):
		return PartMember
	case parameterIDs.MatchString(c.ID):
		return PartParameter
	case statusIDs.MatchString(c.ID):
		return PartStatus
	}
	return PartOther
}
