package mcptools

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/source"
)

// A URI without a resource is an error of the caller, in the code of each revision, and names the
// mistake.
func TestCodesOfErrors(t *testing.T) {
	f := answered(newFlow("GET", "https", "a.example", "/things", ""), 200, "application/json", `{"a":1}`)
	old, modern := asks(t, newStore(t, f), "2025-11-25", &person{}), asks(t, newStore(t, f), "2026-07-28", &person{})
	empty := asks(t, newStore(t), "2025-11-25", &person{})
	for _, c := range []struct {
		name   string
		client *client.Client
		uri    string
		code   error
		want   string
	}{
		{"flow", old, flowURI + "99", mcp.ErrResourceNotFound, "flow_not_found: the capture has no flow 99"},
		{"flow, new client", modern, flowURI + "99", mcp.ErrInvalidParams, "flow_not_found: the capture has no flow 99"},
		{"no number", old, flowURI + "x", mcp.ErrResourceNotFound, "bad_argument"},
		{"host", old, specURI + "no.example", mcp.ErrResourceNotFound, "the captured hosts are a.example"},
		{"host of YAML", old, specYAMLURI + "no.example", mcp.ErrResourceNotFound, "unknown_host"},
		{"host of the compact form", old, compactURI + "no.example", mcp.ErrResourceNotFound, "unknown_host"},
		{"host of patterns", modern, patternsURI + "no.example", mcp.ErrInvalidParams, "unknown_host"},
		{"host of an operation", old, operationURI + "no.example/x", mcp.ErrResourceNotFound, "unknown_host"},
		{"operation", old, operationURI + "a.example/x", mcp.ErrResourceNotFound, "unknown_operation"},
		{"no operation", old, operationURI + "a.example", mcp.ErrResourceNotFound, "not found"},
		{"percent", old, specURI + "%zz", mcp.ErrResourceNotFound, "percent-encoding"},
		{"other", old, "spectap://nothing", mcp.ErrResourceNotFound, "spectap://nothing"},
		{"empty capture", empty, specURI + "a.example", mcp.ErrResourceNotFound, "nothing_captured"},
	} {
		var r mcp.ReadResourceRequest
		r.Params.URI = c.uri
		if res, err := c.client.ReadResource(t.Context(), r); !errors.Is(err, c.code) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.uri) {
			t.Errorf("%s: %v, %v", c.name, res, err)
		}
	}
	for uri, begins := range map[string]string{
		hostsURI: `{"notice":"captured`, flowURI + "1": `{"notice":"captured`, operationURI + "a.example/getThings": `{"notice":"captured`,
		patternsURI + "a.example": `{"notice":"captured`, specURI + "a.example": `{"x-spectap-notice":"captured`,
		specYAMLURI + "a.example": "# captured", compactURI + "a.example": "# captured",
	} {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		res, err := old.ReadResource(t.Context(), r)
		if err != nil || len(res.Contents) != 1 || !strings.HasPrefix(res.Contents[0].(mcp.TextResourceContents).Text, begins) {
			t.Errorf("%s: %.200v, %v", uri, res, err)
		}
	}
	var broken []error
	s := connect(t, newStore(t, f), func(c *setup) { c.Documents = brokenDocuments{c.Documents} })
	for _, uri := range []string{operationURI + "a.example/x", specURI + "a.example"} {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		_, err := s.client.ReadResource(t.Context(), r)
		broken = append(broken, err)
	}
	if !errors.Is(broken[0], mcp.ErrInternalError) || !errors.Is(broken[1], mcp.ErrInternalError) {
		t.Errorf("errors of the server: %v", broken)
	}
}

// brokenDocuments fails.
type brokenDocuments struct{ source.Documenter }

func (brokenDocuments) Document(context.Context, source.DocumentRequest) (source.DocumentResult, error) {
	return source.DocumentResult{}, errors.New("broken")
}
