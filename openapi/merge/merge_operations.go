package merge

import (
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// operation merges an operation of the path item. names are the parameters of its path.
func (m *merger) operation(item, old, inferred *yaml.Node, names []string) {
	for _, p := range yamledit.Items(yamledit.Get(inferred, "parameters")) {
		m.parameter(item, old, m.resolve(p), names)
	}
	if isAccepted(inferred) {
		m.missing(item, old, inferred)
	}
	if body := m.follow(yamledit.Get(old, "requestBody")); body != nil {
		leave := m.enter("request")
		if yamledit.Get(m.resolve(yamledit.Get(inferred, "requestBody")), openapi.ExtAbsent) != nil {
			m.optional(body, "the body")
		}
		m.content(body, yamledit.Get(m.resolve(yamledit.Get(inferred, "requestBody")), "content"))
		leave()
	} else if request := yamledit.Get(inferred, "requestBody"); request != nil {
		m.withoutRequired(old, m.add(old, "requestBody", request))
	}
	if r := yamledit.Get(inferred, "responses"); r != nil {
		responses := m.section(old, "responses")
		for status, v := range yamledit.Pairs(r) {
			m.response(responses, status.Value, m.resolve(v))
		}
	}
	if yamledit.Get(m.old, "security") == nil {
		m.addMissing(old, inferred, "security")
	}
	m.addMissing(old, inferred, "operationId", "summary", "description", "tags", openapi.ExtVariant, openapi.ExtPaging)
}

func (m *merger) parameter(item, op, inferred *yaml.Node, names []string) {
	in, name := yamledit.Text(yamledit.Get(inferred, "in")), yamledit.Text(yamledit.Get(inferred, "name"))
	old := m.findParameter(op, in, name)
	if old == nil {
		old = m.findParameter(item, in, name)
	}
	defer m.enter("parameter " + name)()
	switch {
	case old != nil:
		if yamledit.Get(inferred, openapi.ExtAbsent) != nil {
			m.optional(old, "the parameter")
		}
		m.addMissing(old, inferred, openapi.ExtMultiSegment)
		m.schema(old, "schema", yamledit.Get(inferred, "schema"))
	case in == "path" && !slices.Contains(names, name):
		m.skip("the parameter", "the path has no such parameter")
	default:
		list := yamledit.Get(op, "parameters")
		if list == nil {
			list = m.add(op, "parameters", yamledit.Sequence())
		}
		m.push(list, inferred)
		m.withoutRequired(op, list.Content[len(list.Content)-1])
	}
}

// resolve follows a reference of the inferred document.
func (m *merger) resolve(n *yaml.Node) *yaml.Node {
	if ref := yamledit.Get(n, "$ref"); ref != nil {
		if to := yamledit.Lookup(m.inferred, ref.Value); to != nil {
			return to
		}
	}
	return n
}

// response merges the response of one status. A declared range such as 2XX covers all of its
// statuses.
func (m *merger) response(responses *yaml.Node, status string, inferred *yaml.Node) {
	defer m.enter("response " + status)()
	old := m.follow(yamledit.Get(responses, status))
	for _, key := range []string{status[:1] + "XX", strings.ToLower(status[:1] + "xx")} {
		if old == nil && len(status) == 3 {
			old = m.follow(yamledit.Get(responses, key))
		}
	}
	if old == nil {
		if yamledit.Get(responses, status) == nil {
			m.add(responses, status, inferred)
		} else {
			m.skip("the response", "it is a reference that leads nowhere")
		}
		return
	}
	m.content(old, yamledit.Get(inferred, "content"))
	for _, key := range []string{"headers", "links"} {
		for k, v := range yamledit.Pairs(yamledit.Get(inferred, key)) {
			section := m.section(old, key)
			if !hasKeyFold(section, k.Value) {
				m.add(section, k.Value, v)
			}
		}
	}
}

func hasKeyFold(n *yaml.Node, key string) bool {
	for k := range yamledit.Pairs(n) {
		if strings.EqualFold(k.Value, key) {
			return true
		}
	}
	return false
}

// content merges the media types of a body.
func (m *merger) content(old, inferred *yaml.Node) {
	for mediaType, media := range yamledit.Pairs(inferred) {
		content := m.section(old, "content")
		var found *yaml.Node
		for k, v := range yamledit.Pairs(content) {
			if found == nil && withoutParameters(k.Value) == withoutParameters(mediaType.Value) {
				found = m.follow(v)
			}
		}
		if found == nil {
			m.add(content, mediaType.Value, media)
			continue
		}
		leave := m.enter(mediaType.Value)
		m.addMissing(found, media, "encoding", openapi.ExtEvents, openapi.ExtParts, openapi.ExtFormat, openapi.ExtGuarded, openapi.ExtPartial)
		for name := range yamledit.Pairs(yamledit.Get(media, openapi.ExtEvents)) {
			m.addMissing(yamledit.Get(found, openapi.ExtEvents), yamledit.Get(media, openapi.ExtEvents), name.Value)
		}
		m.schema(found, "schema", yamledit.Get(media, "schema"))
		leave()
	}
}

// withoutParameters returns a media type in lower case without its parameters.
func withoutParameters(mediaType string) string {
	t, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	return strings.TrimSpace(t)
}
