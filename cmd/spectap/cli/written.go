package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi"
)

// AddOut adds -o and --overwrite.
func (p *Program) AddOut(cmd *cobra.Command, out *string, usage string) {
	cmd.Flags().StringVarP(out, "out", "o", "", usage)
	p.AddOverwrite(cmd)
}

// AddOverwrite adds --overwrite.
func (p *Program) AddOverwrite(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.Overwrite, "overwrite", false, "replace the file of -o, whatever is in it")
}

// CheckOut returns an error if the file that -o names is a store or the work of a person.
// Long-running commands check it before they begin.
func (p *Program) CheckOut(what, path string) error {
	if path == "" || path == "-" {
		return nil
	}
	if err := NotStore(path); err != nil {
		return err
	}
	if p.Overwrite || IsReplaceable(path) {
		return nil
	}
	return WithHint(fmt.Errorf("write %s: %s exists, and spectap did not write what is in it", what, path),
		"--overwrite to replace it, or another file with -o")
}

// IsReplaceable reports whether a file can be replaced without losing a person's work: it does not
// exist, is empty, is unchanged since a command of this user wrote it, or is an export.
func IsReplaceable(path string) bool {
	if !HasContent(path) {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false
	}
	note, err := ReadFile(noteOf(path), MaxSettings)
	if err == nil && string(note) == hex.EncodeToString(sum.Sum(nil)) {
		return true
	}
	text, err := ReadFile(path, MaxInput)
	return err == nil && openapi.IsSealed(text)
}

// noteWritten records the digest of a file that a command wrote. Without it, the next command needs
// --overwrite.
func (p *Program) noteWritten(ctx context.Context, path string, sum []byte) {
	if HasContent(path) { // not a device or a FIFO
		_ = p.KeepState(ctx, noteOf(path), []byte(hex.EncodeToString(sum)))
	}
}

func noteOf(path string) string { return StateFile("outputs", RealPath(path), ".sha256") }

// RealPath returns the absolute path of a file with links resolved. The file need not exist.
func RealPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(folder, filepath.Base(path))
	}
	return path
}

// KeepState writes a file that [StateFile] names.
func (p *Program) KeepState(ctx context.Context, path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return p.WriteFile(ctx, path, 0o600, data)
}

// StateFile returns the path of a file in the XDG state folder for a kind of state and a name.
func StateFile(folder, name, ext string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(xdg.StateHome, "spectap", folder, hex.EncodeToString(sum[:16])+ext)
}
