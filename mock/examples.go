package mock

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi/router"
)

// examples returns exchanges with the examples of answers in the document. Their paths have no
// values, so that they make no collections.
func (m *Mock) examples() (all []*exchange) {
	for _, template := range m.c.Doc.Paths.InMatchingOrder() {
		for method, op := range m.c.Doc.Paths.Value(template).Operations() {
			for key, r := range op.Responses.Map() {
				status, _ := strconv.Atoi(strings.Replace(key, "XX", "00", 1))
				f := &flow.Flow{Response: &flow.Response{Status: cmp.Or(status, 500)}}
				f.Request = flow.Request{Method: method, Path: router.Prefix(m.c.Doc.Servers) + template}
				for kind, media := range r.Value.Content {
					one := media.Example
					for _, e := range media.Examples {
						one = cmp.Or(one, e.Value.Value)
					}
					if data := encode(one); one != nil {
						f.Response.Header, f.Response.Body = flow.Header{{Name: "Content-Type", Value: kind}}, flow.Body{Data: data, Size: int64(len(data))}
					}
				}
				if len(r.Value.Content) == 0 || f.Response.Header != nil {
					all = append(all, m.exchange(f))
				}
			}
		}
	}
	return all
}
