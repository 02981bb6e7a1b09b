package sysproxy

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// runner runs the platform's command-line tools. Tests replace it.
type runner interface {
	// has reports whether a tool is installed.
	has(tool string) bool
	// run returns the tool's output without the final line break. Its error includes the tool's
	// stderr.
	run(ctx context.Context, tool string, args ...string) (string, error)
}

// commands runs the installed tools.
type commands struct{}

// toolTimeout ends tools that wait for a desktop session that does not exist.
const toolTimeout = 20 * time.Second

func (commands) has(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

func (commands) run(ctx context.Context, tool string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if msg := strings.TrimSpace(stderr.String()); msg != "" {
			return "", fmt.Errorf("run %s %s: %w: %s", tool, args[0], err, msg)
		}
		return "", fmt.Errorf("run %s %s: %w", tool, args[0], err)
	}
	return strings.TrimRight(stdout.String(), "\r\n"), nil
}
