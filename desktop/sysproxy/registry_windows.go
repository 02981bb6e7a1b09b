package sysproxy

import (
	"errors"
	"strconv"

	win "golang.org/x/sys/windows"
	reg "golang.org/x/sys/windows/registry"
)

const internetSettings = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`

// Options of InternetSetOption (wininet.h).
const (
	optionRefresh         = 37
	optionSettingsChanged = 39
)

// userRegistry is the registry of this machine for the current user.
type userRegistry struct{}

func open(access uint32, f func(reg.Key) error) error {
	k, err := reg.OpenKey(reg.CURRENT_USER, internetSettings, access)
	if err != nil {
		return err
	}
	defer k.Close()
	return f(k)
}

func (userRegistry) get(name string) (value string, ok bool, err error) {
	err = open(reg.QUERY_VALUE, func(k reg.Key) error {
		s, _, err := k.GetStringValue(name)
		if errors.Is(err, reg.ErrUnexpectedType) {
			var n uint64
			n, _, err = k.GetIntegerValue(name)
			s = strconv.FormatUint(n, 10)
		}
		if errors.Is(err, reg.ErrNotExist) {
			return nil
		}
		value, ok = s, err == nil
		return err
	})
	return value, ok, err
}

func (userRegistry) setString(name, value string) error {
	return open(reg.SET_VALUE, func(k reg.Key) error { return k.SetStringValue(name, value) })
}

func (userRegistry) setNumber(name string, value uint32) error {
	return open(reg.SET_VALUE, func(k reg.Key) error { return k.SetDWordValue(name, value) })
}

func (userRegistry) remove(name string) error {
	return open(reg.SET_VALUE, func(k reg.Key) error {
		if err := k.DeleteValue(name); !errors.Is(err, reg.ErrNotExist) {
			return err
		}
		return nil
	})
}

func (userRegistry) notify() error {
	set := win.NewLazySystemDLL("wininet.dll").NewProc("InternetSetOptionW")
	if err := set.Find(); err != nil {
		return err
	}
	for _, option := range []uintptr{optionSettingsChanged, optionRefresh} {
		if ok, _, err := set.Call(0, option, 0, 0); ok == 0 {
			return err
		}
	}
	return nil
}
