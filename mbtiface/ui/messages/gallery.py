"""Texts of the types tab: the grid of averages and one type seen large."""

KO = {
    "gallery_intro": (
        "사람들이 비슷한 첫인상을 느낀 얼굴들을 유형마다 모아 평균 냈어요. "
        "누르면 크게 볼 수 있어요."
    ),
    "gallery_view": "보여 줄 얼굴",
    "gallery_female": "여성",
    "gallery_male": "남성",
    "gallery_both": "나란히",
    "gallery_difference": "차이를 더 크게",
    "gallery_difference_one": "있는 그대로",
    "gallery_difference_note": (
        "전체 평균과 다른 점을 1–3배로 부풀린 그림이에요. 1배가 실제 평균이에요."
    ),
    "gallery_count": "{count}명",
    "gallery_empty": "자료 없음",
    "gallery_letters": "글자마다 평균",
    "gallery_alt_type_female": "생성된 얼굴, {code} 인상으로 평가된 여성 {count}명의 평균",
    "gallery_alt_type_male": "생성된 얼굴, {code} 인상으로 평가된 남성 {count}명의 평균",
    "gallery_alt_letter_female": "생성된 얼굴, {letter} 인상으로 평가된 여성 {count}명의 평균",
    "gallery_alt_letter_male": "생성된 얼굴, {letter} 인상으로 평가된 남성 {count}명의 평균",
    "gallery_close": "닫기",
    "gallery_previous": "앞 유형",
    "gallery_next": "다음 유형",
    "gallery_raters": "사람들이 느낀 인상",
    "gallery_raters_note": (
        "가운데가 0, 끝이 ±1이에요. ±1은 그 글자 평균 얼굴의 인상이고, "
        "얼굴을 본 사람들의 평가에서 나온 값이라 실제 성격과는 달라요."
    ),
    "gallery_words_E": "활달해 보인다",
    "gallery_words_I": "조용해 보인다",
    "gallery_words_N": "눈에 남고 남다르다",
    "gallery_words_S": "익숙하고 평범하다",
    "gallery_words_F": "믿음이 가고 부드럽다",
    "gallery_words_T": "힘 있고 도도하다",
    "gallery_words_J": "단정하고 또렷하다",
    "gallery_words_P": "꾸밈없고 느슨하다",
    "gallery_morph": "이 얼굴에서 바꿔 보기",
    "gallery_problem": "그리지 못한 얼굴이 있어요.",
    "gallery_error": "이 얼굴을 그리지 못했어요.",
}

EN = {
    "gallery_intro": (
        "Faces that gave people a similar first impression, averaged type by type. "
        "Choose one to see it large."
    ),
    "gallery_view": "Faces shown",
    "gallery_female": "Women",
    "gallery_male": "Men",
    "gallery_both": "Side by side",
    "gallery_difference": "Show differences stronger",
    "gallery_difference_one": "as it is",
    "gallery_difference_note": (
        "Stretches what differs from the overall average, 1 to 3 times. 1 is the real average."
    ),
    "gallery_count": "{count} faces",
    "gallery_empty": "no faces",
    "gallery_letters": "The average of each letter",
    "gallery_alt_type_female": "Generated face, average of {count} women rated {code}",
    "gallery_alt_type_male": "Generated face, average of {count} men rated {code}",
    "gallery_alt_letter_female": "Generated face, average of {count} women rated {letter}",
    "gallery_alt_letter_male": "Generated face, average of {count} men rated {letter}",
    "gallery_close": "Close",
    "gallery_previous": "Previous type",
    "gallery_next": "Next type",
    "gallery_raters": "What raters said",
    "gallery_raters_note": (
        "The middle is 0 and the ends are ±1, the impression of that letter’s average face. "
        "It comes from people who rated pictures and says nothing about who someone is."
    ),
    "gallery_words_E": "looks outgoing",
    "gallery_words_I": "looks quiet",
    "gallery_words_N": "stays in mind, unusual",
    "gallery_words_S": "familiar, typical",
    "gallery_words_F": "trustworthy, gentle",
    "gallery_words_T": "dominant, smug",
    "gallery_words_J": "well-groomed, alert",
    "gallery_words_P": "casual, unpolished",
    "gallery_morph": "Morph from this face",
    "gallery_problem": "Some faces could not be drawn.",
    "gallery_error": "This face could not be drawn.",
}
