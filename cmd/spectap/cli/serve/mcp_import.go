package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// openFile opens a file in the folder of --files. It follows no links out of the folder.
func (c *changer) openFile(name string) (*os.File, error) {
	f, err := safefile.Open(c.files.OpenFile, safefile.Below(c.files, name))
	switch {
	case errors.Is(err, safefile.ErrNotRegular):
		return nil, errors.New("read the file: not a regular file")
	case err != nil:
		return nil, fmt.Errorf("read the file: %w; name one below the folder of --files", cli.PlainPathError(err))
	}
	return f, nil
}

// Digest implements [mcptools.Importer].
func (c *changer) Digest(ctx context.Context, name string) (string, error) {
	f, err := c.openFile(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, cli.ContextReader{Ctx: ctx, R: f}); err != nil {
		return "", fmt.Errorf("read the file: %w", cli.PlainPathError(err))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Import implements [mcptools.Importer].
func (c *changer) Import(ctx context.Context, r mcptools.ImportRequest) (out mcptools.Imported, err error) {
	f, err := c.openFile(r.File)
	if err != nil {
		return out, err
	}
	defer f.Close()
	h := sha256.New()
	hashed := io.TeeReader(cli.ContextReader{Ctx: ctx, R: f}, h)
	in, err := capture.ReadTraffic(hashed, flow.SourceLoaded+filepath.Base(r.File), nil, nil)
	if err != nil {
		return out, fmt.Errorf("read the file: %w", err)
	}
	err = c.lease.Suspend(func() error {
		st, err := hub.OpenToChange(c.p, store.Options{Create: true})
		if err != nil {
			return err
		}
		if r.Until > 0 {
			err = c.p.LearnCredentials(ctx, st)
		}
		if err != nil {
			return errors.Join(err, st.Close())
		}
		out, err = importInto(ctx, st, in.Flows, r, func() error {
			if _, err := io.Copy(io.Discard, hashed); err != nil {
				return fmt.Errorf("read the file: %w", cli.PlainPathError(err))
			}
			if r.Digest != "" && r.Digest != hex.EncodeToString(h.Sum(nil)) {
				return errors.New("nothing was imported: the file has changed meanwhile")
			}
			return nil
		})
		return errors.Join(err, st.Close())
	})
	return out, err
}

// importInto imports all flows in scope if check returns nil after the last one, and otherwise
// none. Then it deletes the older flows up to r.Until.
func importInto(
	ctx context.Context, st store.Store, flows iter.Seq2[flow.Flow, error], r mcptools.ImportRequest, check func() error,
) (out mcptools.Imported, err error) {
	tx, err := st.Import(ctx, "")
	if err != nil {
		return out, err
	}
	defer tx.Abort() // does nothing after Commit
	var batch []flow.Flow
	for f, err := range flows {
		if capture.IsTooLarge(err) {
			out.TooLarge++
			continue
		}
		if err != nil {
			return mcptools.Imported{}, fmt.Errorf("nothing was imported: %w", err)
		}
		if r.InScope != nil && !r.InScope(f.Request.Authority) {
			out.Skipped++
			continue
		}
		out.Flows++
		if batch = append(batch, f); len(batch) == capture.BatchFlows {
			if err := tx.Append(ctx, batch...); err != nil {
				return mcptools.Imported{}, err
			}
			batch = batch[:0]
		}
	}
	if err := tx.Append(ctx, batch...); err != nil {
		return mcptools.Imported{}, err
	}
	if err := check(); err != nil {
		return mcptools.Imported{}, err
	}
	if err := tx.Commit(ctx); err != nil {
		return mcptools.Imported{}, err
	}
	if r.Until > 0 {
		if out.Deleted, err = st.Delete(ctx, store.Query{Until: r.Until}); err != nil {
			return out, fmt.Errorf("the file was imported, but the older flows were not deleted: %w", err)
		}
	}
	return out, nil
}
