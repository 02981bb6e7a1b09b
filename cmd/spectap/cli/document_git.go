package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/spectap/spectap/openapi/bundle"
)

// Revision splits the name of a file in a git revision, such as main:api.yaml, as git does: the
// path is relative to the top of the repository unless it begins with a dot, and without a revision
// it is that of the index. It reports false for the name of a file that exists, and for paths of
// Windows such as C:\api.yaml.
func Revision(name string) (rev, file string, ok bool) {
	rev, file, ok = strings.Cut(name, ":")
	if !ok || file == "" || strings.ContainsAny(file[:1], `/\`) || strings.HasPrefix(rev, "-") {
		return "", "", false
	}
	_, err := os.Lstat(name)
	return rev, file, err != nil
}

// repository reads files of a revision of a git repository.
type repository struct {
	rev string
	top string // the folder of the work tree
	at  string // the working folder below it, with slashes and a slash at the end, or ""
}

// readRevision is [Program.ReadDocument] for a document in a git revision. Its references lead to
// files of the same revision.
func (p *Program) readRevision(ctx context.Context, c bundle.Config, rev, file string) (*bundle.Result, error) {
	places, err := git(ctx, "rev-parse", "--show-toplevel", "--show-prefix")
	if errors.As(err, new(gitError)) { // a bare repository has no work tree
		if dir, bare := git(ctx, "rev-parse", "--absolute-git-dir"); bare == nil {
			places, err = append(dir, '\n'), nil
		}
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, WithHint(fmt.Errorf("read %s: there is no such file, and no git to read a revision", c.Name), MissingFile(c.Name))
	}
	if err != nil {
		return nil, WithHint(fmt.Errorf("read %s: there is no such file, and no repository to read a revision: %w", c.Name, err), MissingFile(c.Name))
	}
	top, at, _ := strings.Cut(strings.TrimSuffix(string(places), "\n"), "\n")
	g := &repository{rev, filepath.FromSlash(top), strings.TrimSpace(at)}
	if strings.HasPrefix(file, ".") {
		file = path.Join(g.at, file)
	}
	data, err := g.read(ctx, file)
	if errors.Is(err, fs.ErrNotExist) {
		err = g.missing(ctx, file)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Name, err)
	}
	document := filepath.Join(g.top, filepath.FromSlash(file))
	if c.URI, err = bundle.FileURI(document); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return p.join(ctx, data, c, []string{filepath.Dir(document)}, func(dir, name string) ([]byte, error) {
		rel, err := filepath.Rel(g.top, filepath.Join(dir, name))
		if err != nil || !filepath.IsLocal(rel) {
			return nil, bundle.ErrOutside
		}
		return g.read(ctx, filepath.ToSlash(rel))
	})
}

// read returns the text of a file. The error is [fs.ErrNotExist] if the revision has no such file.
func (g *repository) read(ctx context.Context, file string) ([]byte, error) {
	data, err := git(ctx, "cat-file", "blob", g.rev+":"+file)
	if errors.As(err, new(gitError)) {
		return nil, fs.ErrNotExist
	}
	return data, err
}

// missing says why the revision has no such file.
func (g *repository) missing(ctx context.Context, file string) error {
	if g.rev != "" {
		if _, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", g.rev+"^{tree}"); err != nil {
			return WithHint(fmt.Errorf("there is no such file, and git knows no revision %s", g.rev),
				"git fetch origin "+QuoteArg(g.rev)+"   # a clone of CI may have one commit only")
		}
	}
	try := "git ls-tree --full-tree --name-only " + QuoteArg(g.rev) + " " + QuoteArg(path.Dir(file)+"/")
	if _, err := g.read(ctx, g.at+file); g.at != "" && err == nil {
		try = QuoteArg(g.rev + ":./" + file)
	} else if g.rev == "" {
		try = "git ls-files"
	}
	return WithHint(fmt.Errorf("revision %s has no file %s", g.rev, file), try)
}

// gitError is the first line that git printed when it failed.
type gitError string

func (e gitError) Error() string { return "git: " + string(e) }

// git runs git in the working folder and returns its output, at most [MaxInput] bytes.
func git(ctx context.Context, args ...string) ([]byte, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var said bytes.Buffer
	c := exec.CommandContext(ctx, "git", args...)
	c.Env, c.Stderr = append(os.Environ(), "LC_ALL=C"), &said
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(out, MaxInput+1))
	if err == nil && len(data) > MaxInput {
		err = fmt.Errorf("it has more than %d MiB", MaxInput>>20)
	}
	if err != nil {
		stop()
		_ = c.Wait() // it was killed
		return nil, err
	}
	if err := c.Wait(); err != nil {
		reason, _, _ := strings.Cut(strings.TrimPrefix(said.String(), "fatal: "), "\n")
		if ctx.Err() == nil {
			err = gitError(reason)
		}
		return nil, err
	}
	return data, nil
}
