package credential

import (
	"context"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	oauth "github.com/spectap/spectap/egress/token"
)

// commandTTL is how long the output of a command is cached.
const commandTTL = time.Minute

// Commands is a [Source] that runs a command for the secret of a scheme. The command prints the
// secret; its stderr is discarded, since it may contain the secret. The output is cached for a
// minute. One command runs at a time, as [oauth.Command] bounds it.
type Commands struct {
	commands map[string]string
	turn     chan struct{} // holds a value while a command runs; guards cached
	cached   map[string]cachedSecret
}

type cachedSecret struct {
	value Secret
	until time.Time
}

// NewCommands returns a source that maps the name of a scheme to its command. A command is split at
// white space and runs without a shell.
func NewCommands(commands map[string]string) *Commands {
	return &Commands{commands: commands, turn: make(chan struct{}, 1), cached: make(map[string]cachedSecret)}
}

// Credential implements [Source].
func (c *Commands) Credential(ctx context.Context, name string, _ *openapi3.SecurityScheme) (Secret, bool, error) {
	line := strings.Fields(c.commands[name])
	if len(line) == 0 {
		return "", false, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
	if k := c.cached[name]; time.Now().Before(k.until) {
		return k.value, true, nil
	}
	v, err := oauth.Command(line).Output(ctx)
	if err != nil {
		return "", false, err
	}
	c.cached[name] = cachedSecret{Secret(v), time.Now().Add(commandTTL)}
	return Secret(v), v != "", nil
}

// Forget implements [Forgetter]: the command runs again for the next call.
func (c *Commands) Forget(name string, s Secret) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	if c.cached[name].value == s {
		delete(c.cached, name)
	}
}
