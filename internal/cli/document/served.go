package document

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

// MaxDocument bounds a document that is fetched from a URL, in bytes.
const MaxDocument = 64 << 20

// ServedDocument loads the document of a file, a URL or, if spec is empty, the capture.
func ServedDocument(ctx context.Context, p *cli.Program, spec, host string) (*openapi3.T, error) {
	switch {
	case spec == "":
		st, err := p.Open(store.Options{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		defer st.Close()
		e, err := p.NewCatalog(st, catalog.SaveNever).Document(ctx, catalog.Request{Host: host})
		if err != nil {
			return nil, err
		}
		return e.OpenAPI, nil
	case cli.IsURL(spec):
		return fetchDocument(ctx, spec)
	}
	doc, err := openapi.LoadFile(spec)
	var path *fs.PathError
	if errors.As(err, &path) {
		return nil, err // of a file that is missing, unreadable or a folder
	}
	if err != nil {
		if data, again := cli.ReadFound(spec, cli.MaxInput); again == nil {
			if doc, err := openapi.LoadPartial(data); err == nil {
				return doc, nil
			}
		}
		return nil, cli.WithHint(err, "an OpenAPI document (2.0 to 3.2; JSON or YAML): spectap serve api.yaml")
	}
	return doc, nil
}

// fetchDocument reads a document from a URL of the command line.
func fetchDocument(ctx context.Context, spec string) (*openapi3.T, error) {
	u, err := url.Parse(spec)
	if err != nil || u.Host == "" {
		return nil, cli.Misusef("%s is not a URL", egress.WithoutUser(spec))
	}
	c, err := egress.New(egress.Config{Named: []string{spec}, MaxBody: MaxDocument})
	if err != nil {
		return nil, fmt.Errorf("fetch the document: %w", err)
	}
	defer c.Close()
	resp, err := c.Do(ctx, egress.Call{Method: http.MethodGet, URL: u, Header: []egress.Pair{
		{Name: "Accept", Value: "application/json, application/yaml;q=0.9, */*;q=0.5"},
	}})
	if err != nil {
		return nil, cli.WithHint(fmt.Errorf("fetch the document: %w", err),
			"curl -o api.json "+spec+" && spectap serve api.json")
	}
	data, truncated, err := egress.ReadBody(resp)
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch the document: %w", err)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("fetch the document: %s responded with %s", u.Host, resp.Status)
	case truncated:
		return nil, fmt.Errorf("fetch the document: it is larger than %d MiB", MaxDocument>>20)
	}
	doc, err := openapi.LoadPartial(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", spec, err)
	}
	return doc, nil
}
