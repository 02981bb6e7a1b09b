package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/bundle"
)

// maxFetched bounds a document fetched from a URL, in bytes.
const maxFetched = 64 << 20

// AddRefs adds the flag of commands that read a document.
func (p *Program) AddRefs(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&p.refsFrom, "refs-from", nil,
		"follow references out of the document's folder, too, if they lead below this `FOLDER` or URL; repeat it for several")
}

// ReadDocument reads an OpenAPI document together with the files that it references. name is that
// of a file, a URL, a file of a git revision as [Revision] has it, or "-" for stdin. All commands
// read documents with it.
func (p *Program) ReadDocument(ctx context.Context, name string, as openapi.Format) (*bundle.Result, error) {
	c := bundle.Config{Name: name, Format: as}
	if IsURL(name) {
		return p.readURL(ctx, c)
	}
	if rev, file, ok := Revision(name); ok {
		return p.readRevision(ctx, c, rev, file)
	}
	data, err := p.ReadSpec(name)
	if err != nil {
		return nil, err
	}
	var folders []string
	if name != "-" {
		if c.URI, err = bundle.FileURI(name); err != nil {
			return nil, fmt.Errorf("read document: %w", err)
		}
		folders = append(folders, filepath.Dir(name))
		if strings.Trim(p.DocumentOut, "-") != "" {
			if c.Out, err = bundle.FileURI(p.DocumentOut); err != nil {
				return nil, fmt.Errorf("write document: %w", err)
			}
		}
	}
	return p.join(ctx, data, c, folders, bundle.ReadIn)
}

// readURL is [Program.ReadDocument] for a URL.
func (p *Program) readURL(ctx context.Context, c bundle.Config) (*bundle.Result, error) {
	u, err := url.Parse(c.Name)
	if err != nil || u.Host == "" {
		return nil, Misusef("%s is not a URL", egress.WithoutUser(c.Name))
	}
	data, err := FetchDocument(ctx, u, 0)
	if err != nil {
		return nil, WithHint(fmt.Errorf("fetch the document: %w", err),
			"curl -o api.json "+c.Name+", and name api.json instead of the URL")
	}
	c.Name, c.URI = u.Redacted(), u
	return p.join(ctx, data, c, nil, bundle.ReadIn)
}

// join reads the files that a document references: of its own folders and those of --refs-from with
// read, see [bundle.Within], and of URLs.
func (p *Program) join(
	ctx context.Context, data []byte, c bundle.Config, folders []string, read func(dir, name string) ([]byte, error),
) (*bundle.Result, error) {
	var urls []string
	for _, from := range p.refsFrom {
		if IsURL(from) {
			urls = append(urls, from)
		} else {
			folders = append(folders, from)
		}
	}
	local := bundle.Within(read, folders...)
	c.Read = func(ctx context.Context, uri *url.URL) ([]byte, error) {
		if uri.Scheme == "file" {
			return local(ctx, uri)
		}
		if slices.ContainsFunc(urls, func(from string) bool { return isBelow(uri, from) }) {
			return FetchDocument(ctx, uri, -1)
		}
		return nil, bundle.ErrOutside
	}
	r, err := bundle.Document(ctx, data, c)
	if err != nil {
		return nil, WithHint(fmt.Errorf("read %s: %w", c.Name, err), "spectap validate "+QuoteArg(c.Name))
	}
	return r, nil
}

// isBelow reports whether a URL is a folder or is below it.
func isBelow(u *url.URL, folder string) bool {
	f, err := url.Parse(folder)
	return err == nil && f.Scheme == u.Scheme && f.Host == u.Host && u.User == nil &&
		(f.Path == u.Path || strings.HasPrefix(path.Clean("/"+u.Path), strings.TrimSuffix(path.Clean("/"+f.Path), "/")+"/"))
}

// ReadWhole is [Program.ReadDocument], but a reference that cannot be followed is an error.
func (p *Program) ReadWhole(ctx context.Context, name string, as openapi.Format) (*bundle.Result, error) {
	r, err := p.ReadDocument(ctx, name, as)
	if err != nil {
		return nil, err
	}
	return r, unfollowed(r)
}

// unfollowed returns an error for the references of a document that could not be followed, or nil.
func unfollowed(r *bundle.Result) error {
	if len(r.Problems) == 0 {
		return nil
	}
	first := r.Problems[0]
	err := fmt.Errorf("%w", first)
	if n := len(r.Problems) - 1; n > 0 {
		err = fmt.Errorf("%w (and %s more)", first, Plural(n, "reference"))
	}
	isFile := first.URI != nil && first.URI.Scheme == "file"
	switch {
	case errors.Is(first, bundle.ErrOutside) && isFile:
		return WithHint(err, "--refs-from "+QuoteArg(shortPath(filepath.Dir(filepath.FromSlash(first.URI.Path)))))
	case errors.Is(first, bundle.ErrOutside) && first.URI != nil:
		to := url.URL{Scheme: first.URI.Scheme, Host: first.URI.Host, Path: strings.TrimSuffix(path.Dir(first.URI.Path), "/") + "/"}
		return WithHint(err, "--refs-from "+QuoteArg(to.String()))
	case errors.Is(first, fs.ErrNotExist) && isFile:
		return WithHint(err, MissingFile(shortPath(filepath.FromSlash(first.URI.Path))))
	}
	return err
}

// shortPath returns a path relative to the working folder, if that is shorter.
func shortPath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// FetchDocument reads a document from a URL that a person named. redirects is as in
// [egress.Config].
func FetchDocument(ctx context.Context, u *url.URL, redirects int) ([]byte, error) {
	return Fetch(ctx, u, egress.Config{Named: []string{u.String()}, MaxBody: maxFetched, Redirects: redirects})
}

// Fetch returns the content of a URL.
func Fetch(ctx context.Context, u *url.URL, with egress.Config) ([]byte, error) {
	c, err := egress.New(with)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	resp, err := c.Do(ctx, egress.Call{Method: http.MethodGet, URL: u, Header: []egress.Pair{
		{Name: "Accept", Value: "application/json, application/yaml;q=0.9, */*;q=0.5"},
	}})
	if err != nil {
		return nil, err
	}
	data, truncated, err := egress.ReadBody(resp)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s responded with status %s", u.Host, resp.Status)
	case truncated:
		return nil, fmt.Errorf("it is larger than %d MiB", with.MaxBody>>20)
	}
	return data, nil
}
