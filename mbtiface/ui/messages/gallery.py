"""Texts of the types tab: the grid of averages and one type seen large.

`gallery_rated_X`, X an attribute that faces were rated on: what stands after "much more".
"""

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
    "gallery_difference_note": "1배가 실제 평균이고, 그 위로는 다른 점을 부풀린 그림이에요.",
    "gallery_own": "내 유형",
    "gallery_count": "{count}명",
    "gallery_empty": "자료 없음",
    "gallery_letters": "글자마다 평균",
    "gallery_alt_type_female": "생성된 얼굴, {code} 인상으로 평가된 여성 {count}명의 평균",
    "gallery_alt_type_male": "생성된 얼굴, {code} 인상으로 평가된 남성 {count}명의 평균",
    "gallery_alt_letter_female": "생성된 얼굴, {letter} 인상으로 평가된 여성 {count}명의 평균",
    "gallery_alt_letter_male": "생성된 얼굴, {letter} 인상으로 평가된 남성 {count}명의 평균",
    "gallery_between": "전체 평균과 비교",
    "gallery_between_note": (
        "왼쪽 끝은 같은 성별 전체의 평균이에요. {code}를 넘어서면 다른 점을 부풀린 그림이에요."
    ),
    "gallery_all_female": "여성 전체",
    "gallery_all_male": "남성 전체",
    "gallery_between_part": "{code} 쪽으로 {percent}%",
    "gallery_between_times": "차이 {times}배",
    "gallery_times": "{times}배",
    "gallery_source": "어떤 평균인가요",
    "gallery_base": "처음 평균",
    "gallery_community": "함께 만든 평균",
    "gallery_joined": "방문자의 사진 {count}장이 더해진 평균이에요.",
    "gallery_alt_community": "생성된 얼굴, {code} 평균에 방문자의 사진 {count}장을 더한 얼굴",
    "gallery_letters_of": "이 유형의 글자 평균",
    "gallery_copy": "링크 복사",
    "gallery_copied": "복사했어요",
    "gallery_pairs": (
        "얼굴을 {resamples}번 다시 뽑아 견주어 보니, 우연이라고 보기 어려울 만큼 서로 다른 "
        "유형은 여성 120쌍 가운데 {female}쌍, 남성 120쌍 가운데 {male}쌍이었어요."
    ),
    "gallery_chance_no_female": (
        "여성 {count}명의 얼굴로 낸 평균이라, 여성 전체와 다른 점도 우연일 수 있어요."
    ),
    "gallery_chance_no_male": (
        "남성 {count}명의 얼굴로 낸 평균이라, 남성 전체와 다른 점도 우연일 수 있어요."
    ),
    "gallery_chance_all_female": (
        "여성 전체와도, 다른 열다섯 유형과도 우연이라고 보기 어려울 만큼 달라요."
    ),
    "gallery_chance_all_male": (
        "남성 전체와도, 다른 열다섯 유형과도 우연이라고 보기 어려울 만큼 달라요."
    ),
    "gallery_chance_few_female": (
        "여성 전체와는 우연이라고 보기 어려울 만큼 다르지만, {codes}와 다른 점은 우연일 수 있어요."
    ),
    "gallery_chance_few_male": (
        "남성 전체와는 우연이라고 보기 어려울 만큼 다르지만, {codes}와 다른 점은 우연일 수 있어요."
    ),
    "gallery_chance_many_female": (
        "여성 전체와는 우연이라고 보기 어려울 만큼 다르지만, "
        "다른 열다섯 유형 가운데 {number}가지와는 우연히 달라 보이는 것일 수 있어요."
    ),
    "gallery_chance_many_male": (
        "남성 전체와는 우연이라고 보기 어려울 만큼 다르지만, "
        "다른 열다섯 유형 가운데 {number}가지와는 우연히 달라 보이는 것일 수 있어요."
    ),
    "gallery_than_female": "여성 얼굴 전체의 평가와 견주면",
    "gallery_than_male": "남성 얼굴 전체의 평가와 견주면",
    "gallery_rated_none": "어느 쪽으로도 두드러지지 않아요.",
    "gallery_much_more": "훨씬 더 {what}",
    "gallery_more": "더 {what}",
    "gallery_little_more": "조금 더 {what}",
    "gallery_much_less": "훨씬 덜 {what}",
    "gallery_less": "덜 {what}",
    "gallery_little_less": "조금 덜 {what}",
    "gallery_rated_outgoing": "활달해 보여요",
    "gallery_rated_trustworthy": "믿음직해 보여요",
    "gallery_rated_attractive": "매력적으로 보여요",
    "gallery_rated_dominant": "기가 세 보여요",
    "gallery_rated_smart": "똑똑해 보여요",
    "gallery_rated_typical": "흔해 보여요",
    "gallery_rated_happy": "행복해 보여요",
    "gallery_rated_familiar": "낯익어 보여요",
    "gallery_rated_memorable": "기억에 남아요",
    "gallery_rated_well-groomed": "단정해 보여요",
    "gallery_rated_smug": "우쭐해 보여요",
    "gallery_rated_dorky": "어수룩해 보여요",
    "gallery_rated_alert": "눈빛이 또렷해 보여요",
    "gallery_rated_cute": "귀여워 보여요",
    "gallery_rated_privileged": "유복해 보여요",
    "gallery_rated_liberal": "진보적으로 보여요",
    "gallery_rated_electable": "대표로 뽑힐 만해 보여요",
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
    "gallery_words_N": "똑똑하고 책벌레 같다",
    "gallery_words_S": "소탈하고 현실적이다",
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
    "gallery_difference_note": "1 is the real average; beyond it the differences are stretched.",
    "gallery_own": "Yours",
    "gallery_count": "{count} faces",
    "gallery_empty": "no faces",
    "gallery_letters": "The average of each letter",
    "gallery_alt_type_female": "Generated face, average of {count} women rated {code}",
    "gallery_alt_type_male": "Generated face, average of {count} men rated {code}",
    "gallery_alt_letter_female": "Generated face, average of {count} women rated {letter}",
    "gallery_alt_letter_male": "Generated face, average of {count} men rated {letter}",
    "gallery_between": "Beside the overall average",
    "gallery_between_note": (
        "The left end is the average of everyone of that gender. Beyond {code} the differences "
        "are exaggerated."
    ),
    "gallery_all_female": "All women",
    "gallery_all_male": "All men",
    "gallery_between_part": "{percent}% of the way to {code}",
    "gallery_between_times": "{times} times the difference",
    "gallery_times": "×{times}",
    "gallery_source": "Which average",
    "gallery_base": "As labelled",
    "gallery_community": "With visitors",
    "gallery_joined": "{count} photos of visitors have joined this average.",
    "gallery_alt_community": "Generated face, the {code} average with {count} photos of visitors",
    "gallery_letters_of": "The averages of its letters",
    "gallery_copy": "Copy link",
    "gallery_copied": "Copied",
    "gallery_pairs": (
        "Drawing the faces again {resamples} times shows which types differ beyond chance: "
        "{female} of 120 pairs for women, {male} of 120 for men."
    ),
    "gallery_chance_no_female": (
        "It rests on {count} women, so even its difference from all women may be chance."
    ),
    "gallery_chance_no_male": (
        "It rests on {count} men, so even its difference from all men may be chance."
    ),
    "gallery_chance_all_female": (
        "It differs beyond chance from all women and from the fifteen other types."
    ),
    "gallery_chance_all_male": (
        "It differs beyond chance from all men and from the fifteen other types."
    ),
    "gallery_chance_few_female": (
        "It differs beyond chance from all women; what sets it apart from {codes} may be chance."
    ),
    "gallery_chance_few_male": (
        "It differs beyond chance from all men; what sets it apart from {codes} may be chance."
    ),
    "gallery_chance_many_female": (
        "It differs beyond chance from all women; what sets it apart from {number} of the fifteen "
        "other types may be chance."
    ),
    "gallery_chance_many_male": (
        "It differs beyond chance from all men; what sets it apart from {number} of the fifteen "
        "other types may be chance."
    ),
    "gallery_than_female": "Against the ratings of all women’s faces",
    "gallery_than_male": "Against the ratings of all men’s faces",
    "gallery_rated_none": "Nothing stands out.",
    "gallery_much_more": "much more {what}",
    "gallery_more": "more {what}",
    "gallery_little_more": "a little more {what}",
    "gallery_much_less": "much less {what}",
    "gallery_less": "less {what}",
    "gallery_little_less": "a little less {what}",
    "gallery_rated_outgoing": "outgoing",
    "gallery_rated_trustworthy": "trustworthy",
    "gallery_rated_attractive": "attractive",
    "gallery_rated_dominant": "dominant",
    "gallery_rated_smart": "smart",
    "gallery_rated_typical": "typical",
    "gallery_rated_happy": "happy",
    "gallery_rated_familiar": "familiar",
    "gallery_rated_memorable": "memorable",
    "gallery_rated_well-groomed": "well-groomed",
    "gallery_rated_smug": "smug",
    "gallery_rated_dorky": "dorky",
    "gallery_rated_alert": "alert",
    "gallery_rated_cute": "cute",
    "gallery_rated_privileged": "privileged",
    "gallery_rated_liberal": "liberal",
    "gallery_rated_electable": "electable",
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
    "gallery_words_N": "smart, bookish",
    "gallery_words_S": "plain, down-to-earth",
    "gallery_words_F": "trustworthy, gentle",
    "gallery_words_T": "dominant, smug",
    "gallery_words_J": "well-groomed, alert",
    "gallery_words_P": "casual, unpolished",
    "gallery_morph": "Morph from this face",
    "gallery_problem": "Some faces could not be drawn.",
    "gallery_error": "This face could not be drawn.",
}
