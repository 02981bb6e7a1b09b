package sysproxy

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

const gnomeSchema = "org.gnome.system.proxy"

// gnomeKeys are pairs of a schema and one of its keys. The mode switches the proxy on, so it is
// last.
var gnomeKeys = [...][2]string{
	{gnomeSchema, "autoconfig-url"},
	{gnomeSchema, "ignore-hosts"},
	{gnomeSchema + ".http", "host"},
	{gnomeSchema + ".http", "port"},
	{gnomeSchema + ".http", "use-authentication"},
	{gnomeSchema + ".https", "host"},
	{gnomeSchema + ".https", "port"},
	{gnomeSchema, "mode"},
}

// gnome holds the settings of GNOME, which Cinnamon, Budgie, GTK programs, Chromium and Firefox
// read too. Values are GVariants in text form.
type gnome struct{ runner }

func (gnome) Name() string     { return "gnome" }
func (gnome) Untested() string { return "" }

// isAvailable reports whether GNOME's settings exist on this machine.
func (g gnome) isAvailable(ctx context.Context) bool {
	if !g.has("gsettings") {
		return false
	}
	_, err := g.run(ctx, "gsettings", "list-keys", gnomeSchema)
	return err == nil
}

func (g gnome) Read(ctx context.Context) (Values, error) {
	v := Values{}
	for _, k := range gnomeKeys {
		out, err := g.run(ctx, "gsettings", "get", k[0], k[1])
		if err != nil {
			return nil, fmt.Errorf("read GNOME's proxy settings: %w", err)
		}
		v[k[0]+" "+k[1]] = out
	}
	return v, nil
}

func (gnome) Want(s Settings, before Values) Values {
	if s.PAC {
		return merge(before, Values{
			gnomeSchema + " autoconfig-url": gvariant(s.PACURL()),
			gnomeSchema + " mode":           "'auto'",
		})
	}
	var ignore []string
	for _, h := range loopback() {
		ignore = append(ignore, gvariant(h))
	}
	port := strconv.Itoa(int(s.Port))
	return merge(before, Values{
		gnomeSchema + " ignore-hosts":            "[" + strings.Join(ignore, ", ") + "]",
		gnomeSchema + ".http host":               gvariant(s.Host),
		gnomeSchema + ".http port":               port,
		gnomeSchema + ".http use-authentication": "false",
		gnomeSchema + ".https host":              gvariant(s.Host),
		gnomeSchema + ".https port":              port,
		gnomeSchema + " mode":                    "'manual'",
	})
}

// gvariant quotes a string that needs no escapes, as is true for every field of Settings.
func gvariant(s string) string { return "'" + s + "'" }

// Write reads the settings back, because gsettings succeeds even if it cannot store them.
func (g gnome) Write(ctx context.Context, v Values) error {
	for _, k := range gnomeKeys {
		var err error
		if val, ok := v[k[0]+" "+k[1]]; ok {
			_, err = g.run(ctx, "gsettings", "set", k[0], k[1], val)
		} else {
			_, err = g.run(ctx, "gsettings", "reset", k[0], k[1])
		}
		if err != nil {
			return fmt.Errorf("write GNOME's proxy settings: %w", err)
		}
	}
	return checkKept(ctx, g, v, "write GNOME's proxy settings: gsettings did not keep them (is this a session with dconf?)")
}

func (gnome) Describe(v Values) string {
	unquote := func(k string) string { return strings.Trim(v[k], "'") }
	switch mode := unquote(gnomeSchema + " mode"); mode {
	case "none":
		return "no proxy"
	case "auto":
		if u := unquote(gnomeSchema + " autoconfig-url"); u != "" {
			return "PAC file " + hideLogin(u)
		}
		return "PAC file found by WPAD"
	case "manual":
		return describePair(addr(unquote(gnomeSchema+".http host"), v[gnomeSchema+".http port"]),
			addr(unquote(gnomeSchema+".https host"), v[gnomeSchema+".https port"]))
	default:
		return "mode " + mode
	}
}
