// Package verb knows the English verbs that API paths end in.
//
// Read verb.go first; it is the only file.
package verb

import "strings"

// verbs holds the verbs that API paths end in.
var verbs = func() map[string]bool {
	m := map[string]bool{}
	for v := range strings.FieldsSeq(`
		abort accept acknowledge activate add allow analyze apply approve archive assign attach authenticate
		authorize ban block calculate call cancel capture charge check checkin checkout claim cleanup clear
		clone close commit compare complete compute configure confirm connect convert copy create deactivate
		decline decrypt delete deliver deny deploy destroy detach disable disconnect discover dismiss download
		duplicate edit enable encrypt escalate endorse enqueue estimate evaluate exchange execute expire export
		fail fetch finalize find finish fire flush follow forget generate get grant identify ignore import increment
		init initialize insert inspect install introspect invalidate invite invoke join kick launch leave like
		list load lock login logout lookup make mark match merge migrate modify move mute notify open parse
		park pause pay pin ping play poll prepare preview process promote provision publish pull purge push put query
		read rebuild recalculate reclaim record recover rectify redeem redo refresh refund register reindex reject
		release reload remove rename render renew reopen reorder repair replace replay reply report reprocess
		request rerun resend reserve reset resize resolve restart restore resume retrieve retry return reverse revert
		revive
		revoke rollback rotate run save scan schedule search select send set share ship sign signin signout
		signup simulate skip snooze sort split star start stop submit subscribe suspend swap switch sync
		synchronize take test toggle track transfer transform translate trigger unarchive unassign unban unblock
		uncomplete undelete undo unfollow uninstall unlike unlink unlock unmute unpin unpublish unregister unstar
		unsubscribe unsuspend update upgrade upload upsert use validate verify view void vote wake watch
		withdraw write`) {
		m[v] = true
	}
	return m
}()

// Is reports whether a word in lower case is a verb that API paths end in, such as "copy".
func Is(word string) bool { return verbs[word] }
