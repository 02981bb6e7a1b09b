package openapi

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// withoutNulls removes nulls among servers, their variables and tags from the result of a loader:
// libraries that read documents do not expect them there. A webhook that is null becomes an empty
// one, as a path does.
func withoutNulls(doc *openapi3.T, err error) (*openapi3.T, error) {
	if err != nil {
		return nil, err
	}
	doc.Servers = notNullServers(doc.Servers)
	doc.Tags = slices.DeleteFunc(doc.Tags, func(t *openapi3.Tag) bool { return t == nil })
	for name, item := range doc.Webhooks {
		if item == nil {
			doc.Webhooks[name] = new(openapi3.PathItem)
		}
	}
	for _, item := range doc.Paths.Map() {
		if item == nil {
			continue
		}
		item.Servers = notNullServers(item.Servers)
		for _, op := range item.Operations() {
			if op.Servers != nil {
				*op.Servers = notNullServers(*op.Servers)
			}
		}
	}
	return doc, nil
}

func notNullServers(servers openapi3.Servers) openapi3.Servers {
	servers = slices.DeleteFunc(servers, func(s *openapi3.Server) bool { return s == nil })
	for _, s := range servers {
		maps.DeleteFunc(s.Variables, func(_ string, v *openapi3.ServerVariable) bool { return v == nil })
	}
	return servers
}
