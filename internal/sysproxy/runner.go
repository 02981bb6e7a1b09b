package sysproxy

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// runner runs the platform's tools.
type runner interface {
	// has says whether a tool is installed.
	has(tool string) bool
	// run returns what the tool printed, without the line's end. Its error has what the tool complained about.
	run(ctx context.Context, tool string, args ...string) (string, error)
}

// commands runs them for real.
type commands struct{}

// toolTimeout is for tools that wait for a session that is not there.
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
