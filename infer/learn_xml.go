package infer

import (
	"errors"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
)

// maxNamespaceURI bounds the URIs of XML namespaces, in bytes.
const maxNamespaceURI = 200

// addXML adds an XML document. One that exceeds the parser's limits leaves no facts.
func (b *body) addXML(m *mediaFacts, data []byte, complete bool) error {
	root, err := decode.XML(data, complete)
	if errors.Is(err, decode.ErrXMLSize) || err == nil && root == nil {
		return nil
	}
	if err != nil {
		return err
	}
	b.root, b.isXML = root.Name, true
	b.reader.AddXML(m.structured(), root, complete, b)
	m.learnNamespaces(root)
	return nil
}

// learnNamespaces counts the namespaces that an element and its descendants declare.
func (m *mediaFacts) learnNamespaces(e *decode.Element) {
	for _, a := range e.Attrs {
		prefix, ok := strings.CutPrefix(a.Name, "xmlns")
		if ok && (prefix == "" || prefix[0] == ':') && len(a.Value) <= maxNamespaceURI {
			bottomk.Tally(m.namespaces(), strings.TrimPrefix(prefix, ":")+" "+a.Value)
		}
	}
	for _, c := range e.Children {
		m.learnNamespaces(c)
	}
}

// namespace returns the URI of a prefix, or "" if the prefix has none or several.
func (m *mediaFacts) namespace(prefix string) (uri string) {
	if m.spaces == nil {
		return ""
	}
	for _, s := range m.spaces.Names() {
		if p, u, _ := strings.Cut(s, " "); p == prefix {
			if uri != "" {
				return ""
			}
			uri = u
		}
	}
	return uri
}
