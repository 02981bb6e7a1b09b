package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// withoutNulls passes on the result of a loader, if [refuseNulls] accepts it.
func withoutNulls(doc *openapi3.T, err error) (*openapi3.T, error) {
	if err == nil {
		err = refuseNulls(doc)
	}
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// refuseNulls returns an error for a null among servers, their variables and tags: libraries that
// read documents do not expect it there. A webhook that is null becomes an empty one, as a path
// does.
func refuseNulls(doc *openapi3.T) error {
	if err := nullServer("", doc.Servers); err != nil {
		return err
	}
	for i, t := range doc.Tags {
		if t == nil {
			return fmt.Errorf("tags %d is null", i)
		}
	}
	for name, item := range doc.Webhooks {
		if item == nil {
			doc.Webhooks[name] = new(openapi3.PathItem)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		where := "paths " + ShortenText(path, maxWhere) + " "
		if err := nullServer(where, item.Servers); err != nil {
			return err
		}
		for method, op := range item.Operations() {
			if op.Servers == nil {
				continue
			}
			if err := nullServer(where+strings.ToLower(method)+" ", *op.Servers); err != nil {
				return err
			}
		}
	}
	return nil
}

// nullServer returns an error for a null among servers. where is the place before them.
func nullServer(where string, servers openapi3.Servers) error {
	for i, s := range servers {
		if s == nil {
			return fmt.Errorf("%sservers %d is null", where, i)
		}
		for name, v := range s.Variables {
			if v == nil {
				return fmt.Errorf("%sservers %d variables %s is null", where, i, ShortenText(name, maxWhere))
			}
		}
	}
	return nil
}
