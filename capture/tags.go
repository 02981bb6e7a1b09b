package capture

import (
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
)

// takeTags adds the tags of the tag header to a flow, and removes the header from the request and
// from the flow.
func (p *Proxy) takeTags(r *http.Request, f *flow.Flow) {
	name := p.cfg.TagHeader
	values := r.Header.Values(name)
	if len(values) == 0 {
		return
	}
	f.Tags = flow.AddTags(f.Tags, strings.Join(values, ","))
	r.Header.Del(name)
	f.Request.Header = slices.DeleteFunc(f.Request.Header, func(h flow.Field) bool { return strings.EqualFold(h.Name, name) })
}
