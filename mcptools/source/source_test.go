package source

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/flow"
)

// seen is a redactor that shows which bodies it got, in the path of the request.
type seen struct{}

func (seen) Flow(f flow.Flow) flow.Flow {
	f.Request.Path = fmt.Sprintf("/request/%d", len(f.Request.Body.Data))
	if f.Response != nil {
		r := *f.Response
		f.Request.Path += fmt.Sprintf("/response/%d", len(r.Body.Data))
		r.Body.Size = 1
		f.Response = &r
	}
	return f
}

func (seen) Text(s string) string {
	return strings.ReplaceAll(s, "secret", "[redacted:secret:0123456789]")
}
