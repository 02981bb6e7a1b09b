package control

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/safefile"
)

// statusTimeout bounds the time in which a process must return its status.
const statusTimeout = 5 * time.Second

// StartStatus lets other processes of this user ask for the status of this one, which has no store:
// see [Statuses]. kind is the kind of the process, in lower-case letters. status returns a value
// for encoding/json; it is called at the same time from several goroutines. A nil log discards
// errors of connections. The caller closes the server.
func StartStatus(kind string, status func() any, log *slog.Logger) (*Server, error) {
	// The name is new for each process: a socket on which nobody listens never gets a listener.
	socket, err := privateSocket(kind + "-" + strings.ToLower(rand.Text()[:16]) + ".sock")
	if err != nil {
		return nil, fmt.Errorf("serve the status: %w", err)
	}
	s, err := start(Config{Path: socket, Status: status, Logger: log}, socket)
	if err != nil {
		return nil, fmt.Errorf("serve the status: %w", err)
	}
	return s, nil
}

// ProcessStatus is the status of a process.
type ProcessStatus struct {
	Socket string
	Status json.RawMessage
	Err    error // why there is no status
}

// Statuses asks all processes of this user that called StartStatus with kind. It removes the
// sockets of killed ones. It ends early with ctx.
func Statuses(ctx context.Context, kind string) []ProcessStatus {
	var all []ProcessStatus
	seen := map[string]bool{}
	for _, dir := range privateFolders() {
		// Others may have made a folder of this name in /tmp. StartStatus does not use it either.
		if info, err := os.Lstat(dir); seen[dir] || err != nil || !isPrivate(info) {
			continue
		}
		seen[dir] = true
		names, _ := filepath.Glob(filepath.Join(dir, kind+"-*.sock")) // the pattern is valid
		for _, socket := range names {
			if ctx.Err() != nil {
				return all
			}
			text, err := askStatus(ctx, socket)
			switch {
			case errors.Is(err, ErrNoOwner):
				_ = os.Remove(socket) // a socket that stays does no harm
			case errors.Is(err, ErrOwnerGone): // it ended meanwhile
			default:
				all = append(all, ProcessStatus{socket, text, err})
			}
		}
	}
	return all
}

func askStatus(ctx context.Context, socket string) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	c := &Client{path: socket, socket: socket, ctx: context.Background()}
	return c.Status(ctx)
}

// isPrivate reports whether only this user can access a folder.
func isPrivate(info fs.FileInfo) bool {
	return info.IsDir() && !safefile.IsAccessibleToOthers(info) && safefile.IsOwnedByUser(info)
}
