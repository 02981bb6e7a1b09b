
if ! declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
__spectap_init_completion()
{
    local line=${COMP_LINE:0:COMP_POINT} word gap
    COMPREPLY=()
    words=()
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        [[ $line == "$word"* ]] || word=$line # the cursor is inside the word
        line=${line#"$word"}
        if [[ -n $gap || ${#words[@]} -eq 0 ]]; then
            words+=("$word")
        else
            words[${#words[@]}-1]+=$word
        fi
    done
    cword=$((${#words[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
}
fi
